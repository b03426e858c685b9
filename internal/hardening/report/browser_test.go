package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tenantproxy/internal/hardening/report"
)

// TestInBrowser opens the report, and the proof, in Chromium, on a phone and a desktop, in
// light and dark: the page does not scroll sideways, the browser complains of nothing,
// axe-core finds no fault, and the keyboard gets into it. Set SCREENSHOTS to a directory
// to look at the pages and the print.
func TestInBrowser(t *testing.T) {
	axe, err := os.ReadFile("../../../.cache/browser/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not here: make browser")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not here: make browser")
	}
	for name, write := range map[string]func(io.Writer) error{
		"report": func(to io.Writer) error { return report.WriteHTML(to, sample()) },
		"proof":  func(to io.Writer) error { return report.WriteProof(to, sampleProof()) },
	} {
		t.Run(name, func(t *testing.T) {
			var html strings.Builder
			if err := write(&html); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), name+".html")
			if err := os.WriteFile(file, []byte(html.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			inspect(t, chromium, string(axe), name, file)
		})
	}
}

// inspect looks at one page.
func inspect(t *testing.T, chromium, axe, name, file string) {
	t.Helper()
	ctx := browse(t, chromium)

	var mu sync.Mutex
	var complaints []string
	if err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *cdplog.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			complaints = append(complaints, fmt.Sprint("console.", e.Type))
		}
	}); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d %s", width, scheme), func(t *testing.T) {
				do(ctx, t, chromedp.EmulateViewport(width, 800), media("", scheme), chromedp.Navigate("file://"+file))
				// What scrolls by itself may have wider parts.
				if wide := evaluate[string](ctx, t, `[...document.querySelectorAll('body *')]
					.filter(e => !e.parentElement.closest('.scroll, pre') && e.getBoundingClientRect().right > innerWidth + 1)
					.map(e => e.tagName + '.' + e.className).join(' ') + (document.documentElement.scrollWidth > innerWidth ? ' page' : '')`); wide != "" {
					t.Errorf("beyond the right edge: %s", wide)
				}
				if got := evaluate[string](ctx, t, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).reduce((sum, n) => sum + +n, 0) < 200 ? 'dark' : 'light'`); got != scheme {
					t.Errorf("the background is %s", got)
				}
				do(ctx, t, chromedp.KeyEvent("\t"))
				if !evaluate[bool](ctx, t, `document.activeElement !== document.body`) {
					t.Error("the Tab key reaches nothing")
				}
				for _, violation := range violations(ctx, t, axe) {
					t.Error(violation)
				}
				keep(t, fmt.Sprintf("%s-%d-%s.png", name, width, scheme), func() ([]byte, error) { return chromedp.Run(ctx, chromedp.FullScreenshot(100)) })
			})
		}
	}
	// A4 has 794 pixels. On paper nothing can be scrolled, and ink is dark.
	do(ctx, t, chromedp.EmulateViewport(794, 1123), media("print", "dark"))
	if clipped := evaluate[string](ctx, t, `[...document.querySelectorAll('body, .scroll, pre')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + '.' + e.className).join(' ')`); clipped != "" {
		t.Errorf("cut off on paper: %s", clipped)
	}
	if ink := evaluate[string](ctx, t, `getComputedStyle(document.body).backgroundColor + ' ' + getComputedStyle(document.body).color`); ink != "rgb(255, 255, 255) rgb(27, 31, 36)" {
		t.Errorf("the print has %s", ink)
	}
	keep(t, name+"-print.png", func() ([]byte, error) { return chromedp.Run(ctx, chromedp.FullScreenshot(100)) })
	keep(t, name+"-print.pdf", func() ([]byte, error) {
		return chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	})
	mu.Lock() // from here on the browser is not asked: its events would wait
	defer mu.Unlock()
	if len(complaints) > 0 {
		t.Errorf("the browser says: %q", complaints)
	}
}

// browse starts a browser that ends with the test.
func browse(t *testing.T, chromium string) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // it waits until the browser is gone
			t.Error(err)
		}
		cancel()
	})
	return ctx
}

// media has the page shown on a screen, or as it is printed.
func media(kind, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// violations runs axe-core in the page, past its Content-Security-Policy.
func violations(ctx context.Context, t *testing.T, axe string) []string {
	t.Helper()
	evaluate[chromedp.Void](ctx, t, axe+"; null")
	found := evaluate[string](ctx, t, `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => JSON.stringify(
		r.passes.length < 10 ? ['axe-core looked at next to nothing'] : r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; '))))`,
		chromedp.EvalAwaitPromise)
	var list []string
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func evaluate[T any](ctx context.Context, t *testing.T, expression string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// keep writes a picture, if somebody wants to see it.
func keep(t *testing.T, name string, take func() ([]byte, error)) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := take()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), picture, 0o600); err != nil {
		t.Error(err)
	}
}

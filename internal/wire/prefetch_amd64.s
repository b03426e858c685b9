#include "textflag.h"

// func prefetch(start *byte, lines int32)
TEXT ·prefetch(SB), NOSPLIT, $0-12
	MOVQ start+0(FP), AX
	MOVL lines+8(FP), CX

next:
	SUBL $1, CX
	JLT  done
	PREFETCHT0 (AX)
	ADDQ $64, AX
	JMP  next

done:
	RET

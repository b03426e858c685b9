-- with: prefix
-- why: the name is behind the keyword
LISTEN jobs
=> allowed; channel "jobs" at 7 to 11; literals

-- why: with a payload
NOTIFY jobs, 'done "jobs" LISTEN jobs'
=> allowed; channel "jobs" at 7 to 11; literals

-- why: folded as Postgres folds it
UNLISTEN JoBs
=> allowed; channel "jobs" at 9 to 13; literals

-- why: quoted names stay as they are
LISTEN "Jobs ""today"""
=> allowed; channel "Jobs \"today\"" at 7 to 23; literals

-- why: quoted right behind the keyword
LISTEN"jobs"
=> allowed; channel "jobs" at 6 to 12; literals

-- why: comments and blanks are passed over
/* LISTEN a */ -- LISTEN b
  LISTEN /* c /* d */ */ -- e
	jobs /* f */ ;
=> allowed; channel "jobs" at 58 to 62; literals

-- why: one of several statements
SELECT 'LISTEN a'; LISTEN jobs; SELECT "LISTEN" FROM (SELECT 1 AS "LISTEN") x; NOTIFY jobs, E'\';LISTEN b'; UNLISTEN *
=> allowed; channel "jobs" at 26 to 30; channel "jobs" at 86 to 90; literals

-- why: keywords are names too
LISTEN listen; NOTIFY notify; UNLISTEN unlisten; LISTEN "*"
=> allowed; channel "listen" at 7 to 13; channel "notify" at 22 to 28; channel "unlisten" at 39 to 47; channel "*" at 56 to 59; literals

-- why: names beyond ASCII, and in front of them
SELECT 'ä€😀'; LISTEN größe
=> allowed; channel "größe" at 27 to 34; literals

-- why: as long as it may be
LISTEN a_name_of_exactly_the_forty_two_bytes_left
=> allowed; channel "a_name_of_exactly_the_forty_two_bytes_left" at 7 to 49; literals

-- why: and longer
LISTEN a_name_of_more_than_the_forty_two_bytes_left
=> refused 42501 statement.channel_name: the name of the channel is too long [policy.listen_notify: prefix leaves 42 bytes.]; literals

-- why: bytes count, not characters
LISTEN "üüüüüüüüüüüüüüüüüüüüüü"
=> refused 42501 statement.channel_name: the name of the channel is too long [policy.listen_notify: prefix leaves 42 bytes.]; literals

-- why: what Postgres cuts is too long
NOTIFY aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
=> refused 42501 statement.channel_name: the name of the channel is too long [policy.listen_notify: prefix leaves 42 bytes.]; literals

-- why: a name in an encoding of its own is more than one token
LISTEN U&"d\0061ta"
=> refused 42501 statement.channel_name: the name of channel "data" is not written plainly [Write the channel's name without U&.]; literals

-- why: with an escape of its own
LISTEN U&"d!0061ta" UESCAPE '!'
=> refused 42501 statement.channel_name: the name of channel "data" is not written plainly [Write the channel's name without U&.]; literals

-- why: all channels of the session
UNLISTEN *
=> allowed; literals

-- why: the proxy's channel is one like others, with the prefix
NOTIFY tenantproxy_catalog
=> allowed; channel "tenantproxy_catalog" at 7 to 26; literals

-- why: a channel from an expression cannot be given a prefix
SELECT pg_notify('jobs', 'x')
=> refused 42501 function.never_allowed: function "pg_catalog.pg_notify" is not allowed: it reaches other tenants' sessions; use NOTIFY where policy.listen_notify allows it

-- why: it would show the prefix
SELECT * FROM pg_listening_channels()
=> refused 42501 function.builtin_refused: function "pg_catalog.pg_listening_channels" is not allowed: it shows channels with the org's prefix [Add pg_catalog.pg_listening_channels to policy.allow_functions if tenants may call it.]

-- why: what else is in the text counts
LISTEN jobs; SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- with: default
-- why: nothing is noted where nothing is rewritten
LISTEN jobs
=> refused 42501 statement.listen_notify: LISTEN is not allowed [Set policy.listen_notify.]; literals

-- with: generous
-- why: nor here
LISTEN jobs; SELECT * FROM pg_listening_channels()
=> allowed; literals

#include "textflag.h"

// func prefetch(start *byte, lines int32)
TEXT ·prefetch(SB), NOSPLIT, $0-12
	MOVD start+0(FP), R0
	MOVW lines+8(FP), R1

next:
	SUBSW $1, R1
	BLT   done
	PRFM  (R0), PLDL1KEEP
	ADD   $64, R0
	B     next

done:
	RET

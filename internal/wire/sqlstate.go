package wire

// The SQLSTATEs that tenantproxy itself raises (manual, appendix "PostgreSQL
// Error Codes").
const (
	ConnectionFailure         = "08006"
	ProtocolViolation         = "08P01"
	FeatureNotSupported       = "0A000"
	UndefinedStatement        = "26000"
	InvalidAuthorization      = "28000"
	InvalidPassword           = "28P01"
	IdleInTransaction         = "25P03"
	InvalidCatalogName        = "3D000"
	InsufficientPrivilege     = "42501"
	TooManyConnections        = "53300"
	QueryCanceled             = "57014"
	AdminShutdown             = "57P01"
	InternalError             = "XX000"
	integrityConstraintPrefix = "23"
)

// IsIntegrityViolation tells whether code is in class 23: the errors whose
// DETAIL quotes the values of rows.
func IsIntegrityViolation(code string) bool {
	return len(code) == 5 && code[:2] == integrityConstraintPrefix
}

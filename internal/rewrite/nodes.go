package rewrite

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// classOf classifies every message of pg_query's schema. A type that is not
// named here is unclassified, and refused.
func classOf(m protoreflect.Message) nodeClass {
	switch m.Interface().(type) {
	case *pg_query.A_Const, *pg_query.Integer, *pg_query.Float, *pg_query.Boolean,
		*pg_query.String, *pg_query.BitString, *pg_query.ParamRef, *pg_query.A_Star,
		*pg_query.Alias, *pg_query.SQLValueFunction, *pg_query.SetToDefault,
		*pg_query.CurrentOfExpr, *pg_query.CTESearchClause,
		*pg_query.JsonFormat, *pg_query.JsonReturning:
		return leaf

	case *pg_query.Node, *pg_query.List,
		*pg_query.ResTarget, *pg_query.MultiAssignRef, *pg_query.NamedArgExpr,
		*pg_query.BoolExpr, *pg_query.NullTest, *pg_query.BooleanTest,
		*pg_query.CoalesceExpr, *pg_query.MinMaxExpr, *pg_query.CaseWhen,
		*pg_query.RowExpr, *pg_query.A_ArrayExpr, *pg_query.A_Indices,
		*pg_query.TypeCast, *pg_query.CollateClause,
		*pg_query.GroupingFunc, *pg_query.GroupingSet, *pg_query.WindowDef,
		*pg_query.RangeSubselect, *pg_query.RangeFunction,
		*pg_query.RangeTableFunc, *pg_query.RangeTableFuncCol, *pg_query.ColumnDef,
		*pg_query.OnConflictClause, *pg_query.InferClause, *pg_query.IndexElem,
		*pg_query.MergeWhenClause, *pg_query.CTECycleClause,
		*pg_query.XmlExpr, *pg_query.XmlSerialize,
		*pg_query.JsonValueExpr, *pg_query.JsonOutput, *pg_query.JsonKeyValue,
		*pg_query.JsonAggConstructor, *pg_query.JsonIsPredicate:
		return structural

	case *pg_query.SelectStmt, *pg_query.InsertStmt, *pg_query.UpdateStmt,
		*pg_query.DeleteStmt, *pg_query.MergeStmt,
		*pg_query.RangeVar, *pg_query.RangeTableSample, *pg_query.LockingClause,
		*pg_query.JoinExpr, *pg_query.FuncCall, *pg_query.ColumnRef,
		*pg_query.A_Indirection, *pg_query.TypeName, *pg_query.A_Expr,
		*pg_query.SubLink, *pg_query.SortBy, *pg_query.CaseExpr,
		*pg_query.JsonObjectConstructor, *pg_query.JsonArrayConstructor,
		*pg_query.JsonArrayQueryConstructor, *pg_query.JsonObjectAgg,
		*pg_query.JsonArrayAgg:
		return judged

	case *pg_query.WithClause, *pg_query.CommonTableExpr, *pg_query.DefElem,
		*pg_query.IntoClause, *pg_query.RawStmt, *pg_query.ParseResult:
		// Looked at by the statement that they belong to.
		return statementNode

	case *pg_query.TableFunc, *pg_query.Var, *pg_query.Param, *pg_query.Aggref,
		*pg_query.WindowFunc, *pg_query.SubscriptingRef, *pg_query.FuncExpr,
		*pg_query.OpExpr, *pg_query.DistinctExpr, *pg_query.NullIfExpr,
		*pg_query.ScalarArrayOpExpr, *pg_query.SubPlan, *pg_query.AlternativeSubPlan,
		*pg_query.FieldSelect, *pg_query.FieldStore, *pg_query.RelabelType,
		*pg_query.CoerceViaIO, *pg_query.ArrayCoerceExpr, *pg_query.ConvertRowtypeExpr,
		*pg_query.CollateExpr, *pg_query.CaseTestExpr, *pg_query.ArrayExpr,
		*pg_query.RowCompareExpr, *pg_query.JsonConstructorExpr,
		*pg_query.CoerceToDomain, *pg_query.CoerceToDomainValue,
		*pg_query.NextValueExpr, *pg_query.InferenceElem, *pg_query.TargetEntry,
		*pg_query.RangeTblRef, *pg_query.FromExpr, *pg_query.OnConflictExpr,
		*pg_query.Query, *pg_query.RangeTblEntry, *pg_query.RTEPermissionInfo,
		*pg_query.RangeTblFunction, *pg_query.TableSampleClause,
		*pg_query.WithCheckOption, *pg_query.SortGroupClause, *pg_query.WindowClause,
		*pg_query.RowMarkClause, *pg_query.MergeAction, *pg_query.SetOperationStmt,
		*pg_query.InlineCodeBlock, *pg_query.CallContext, *pg_query.ReturnStmt,
		*pg_query.PLAssignStmt, *pg_query.IntList, *pg_query.OidList,
		*pg_query.ScanResult, *pg_query.ScanToken:
		return analysedNode

	case *pg_query.RoleSpec, *pg_query.TableLikeClause, *pg_query.PartitionElem,
		*pg_query.PartitionSpec, *pg_query.PartitionBoundSpec,
		*pg_query.PartitionRangeDatum, *pg_query.PartitionCmd,
		*pg_query.TriggerTransition, *pg_query.ReplicaIdentityStmt,
		*pg_query.AlterTableCmd, *pg_query.ObjectWithArgs, *pg_query.AccessPriv,
		*pg_query.Constraint, *pg_query.CreateOpClassItem, *pg_query.StatsElem,
		*pg_query.FunctionParameter, *pg_query.VacuumRelation,
		*pg_query.PublicationTable, *pg_query.PublicationObjSpec:
		return clauseOfRefused
	}
	if _, ok := refusedStatements[m.Descriptor().Name()]; ok {
		return statementNode
	}
	if allowedStatement(m.Interface()) {
		return statementNode
	}
	return unclassified
}

// allowedStatement tells of the statements besides the five that are walked
// anywhere: statement knows what to do with each.
func allowedStatement(m any) bool {
	switch m.(type) {
	case *pg_query.TransactionStmt, *pg_query.VariableSetStmt, *pg_query.VariableShowStmt,
		*pg_query.PrepareStmt, *pg_query.ExecuteStmt, *pg_query.DeallocateStmt,
		*pg_query.DeclareCursorStmt, *pg_query.FetchStmt, *pg_query.ClosePortalStmt,
		*pg_query.ExplainStmt, *pg_query.CopyStmt, *pg_query.LockStmt,
		*pg_query.ListenStmt, *pg_query.NotifyStmt, *pg_query.UnlistenStmt,
		*pg_query.DiscardStmt, *pg_query.CallStmt, *pg_query.DoStmt,
		*pg_query.TruncateStmt, *pg_query.ConstraintsSetStmt, *pg_query.CreateTableAsStmt:
		return true
	}
	return false
}

// refusedStatements are the statements that are refused whatever is in them,
// with the words that name them.
var refusedStatements = map[protoreflect.Name]string{
	"CreateSchemaStmt":             "CREATE SCHEMA",
	"AlterTableStmt":               "ALTER TABLE",
	"AlterCollationStmt":           "ALTER COLLATION",
	"AlterDomainStmt":              "ALTER DOMAIN",
	"GrantStmt":                    "GRANT or REVOKE",
	"GrantRoleStmt":                "GRANT or REVOKE of a role",
	"AlterDefaultPrivilegesStmt":   "ALTER DEFAULT PRIVILEGES",
	"CreateStmt":                   "CREATE TABLE",
	"CreateTableSpaceStmt":         "CREATE TABLESPACE",
	"DropTableSpaceStmt":           "DROP TABLESPACE",
	"AlterTableSpaceOptionsStmt":   "ALTER TABLESPACE",
	"AlterTableMoveAllStmt":        "ALTER TABLE ALL IN TABLESPACE",
	"CreateExtensionStmt":          "CREATE EXTENSION",
	"AlterExtensionStmt":           "ALTER EXTENSION",
	"AlterExtensionContentsStmt":   "ALTER EXTENSION",
	"CreateFdwStmt":                "CREATE FOREIGN DATA WRAPPER",
	"AlterFdwStmt":                 "ALTER FOREIGN DATA WRAPPER",
	"CreateForeignServerStmt":      "CREATE SERVER",
	"AlterForeignServerStmt":       "ALTER SERVER",
	"CreateForeignTableStmt":       "CREATE FOREIGN TABLE",
	"CreateUserMappingStmt":        "CREATE USER MAPPING",
	"AlterUserMappingStmt":         "ALTER USER MAPPING",
	"DropUserMappingStmt":          "DROP USER MAPPING",
	"ImportForeignSchemaStmt":      "IMPORT FOREIGN SCHEMA",
	"CreatePolicyStmt":             "CREATE POLICY",
	"AlterPolicyStmt":              "ALTER POLICY",
	"CreateAmStmt":                 "CREATE ACCESS METHOD",
	"CreateTrigStmt":               "CREATE TRIGGER",
	"CreateEventTrigStmt":          "CREATE EVENT TRIGGER",
	"AlterEventTrigStmt":           "ALTER EVENT TRIGGER",
	"CreatePLangStmt":              "CREATE LANGUAGE",
	"CreateRoleStmt":               "CREATE ROLE",
	"AlterRoleStmt":                "ALTER ROLE",
	"AlterRoleSetStmt":             "ALTER ROLE SET",
	"DropRoleStmt":                 "DROP ROLE",
	"CreateSeqStmt":                "CREATE SEQUENCE",
	"AlterSeqStmt":                 "ALTER SEQUENCE",
	"DefineStmt":                   "CREATE AGGREGATE, OPERATOR, TYPE, COLLATION or TEXT SEARCH",
	"CreateDomainStmt":             "CREATE DOMAIN",
	"CreateOpClassStmt":            "CREATE OPERATOR CLASS",
	"CreateOpFamilyStmt":           "CREATE OPERATOR FAMILY",
	"AlterOpFamilyStmt":            "ALTER OPERATOR FAMILY",
	"DropStmt":                     "DROP",
	"CommentStmt":                  "COMMENT",
	"SecLabelStmt":                 "SECURITY LABEL",
	"IndexStmt":                    "CREATE INDEX",
	"CreateStatsStmt":              "CREATE STATISTICS",
	"AlterStatsStmt":               "ALTER STATISTICS",
	"CreateFunctionStmt":           "CREATE FUNCTION or PROCEDURE",
	"AlterFunctionStmt":            "ALTER FUNCTION",
	"RenameStmt":                   "ALTER … RENAME",
	"AlterObjectDependsStmt":       "ALTER … DEPENDS ON EXTENSION",
	"AlterObjectSchemaStmt":        "ALTER … SET SCHEMA",
	"AlterOwnerStmt":               "ALTER … OWNER TO",
	"AlterOperatorStmt":            "ALTER OPERATOR",
	"AlterTypeStmt":                "ALTER TYPE",
	"RuleStmt":                     "CREATE RULE",
	"CompositeTypeStmt":            "CREATE TYPE",
	"CreateEnumStmt":               "CREATE TYPE",
	"CreateRangeStmt":              "CREATE TYPE",
	"AlterEnumStmt":                "ALTER TYPE",
	"ViewStmt":                     "CREATE VIEW",
	"LoadStmt":                     "LOAD",
	"CreatedbStmt":                 "CREATE DATABASE",
	"AlterDatabaseStmt":            "ALTER DATABASE",
	"AlterDatabaseRefreshCollStmt": "ALTER DATABASE",
	"AlterDatabaseSetStmt":         "ALTER DATABASE SET",
	"DropdbStmt":                   "DROP DATABASE",
	"AlterSystemStmt":              "ALTER SYSTEM",
	"ClusterStmt":                  "CLUSTER",
	"VacuumStmt":                   "VACUUM or ANALYZE",
	"RefreshMatViewStmt":           "REFRESH MATERIALIZED VIEW",
	"CheckPointStmt":               "CHECKPOINT",
	"ReindexStmt":                  "REINDEX",
	"CreateConversionStmt":         "CREATE CONVERSION",
	"CreateCastStmt":               "CREATE CAST",
	"CreateTransformStmt":          "CREATE TRANSFORM",
	"DropOwnedStmt":                "DROP OWNED",
	"ReassignOwnedStmt":            "REASSIGN OWNED",
	"AlterTSDictionaryStmt":        "ALTER TEXT SEARCH DICTIONARY",
	"AlterTSConfigurationStmt":     "ALTER TEXT SEARCH CONFIGURATION",
	"CreatePublicationStmt":        "CREATE PUBLICATION",
	"AlterPublicationStmt":         "ALTER PUBLICATION",
	"CreateSubscriptionStmt":       "CREATE SUBSCRIPTION",
	"AlterSubscriptionStmt":        "ALTER SUBSCRIPTION",
	"DropSubscriptionStmt":         "DROP SUBSCRIPTION",
}

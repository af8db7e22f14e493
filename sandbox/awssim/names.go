package awssim

// Names that read like an organization that somebody works in.

var givenNames = []string{
	"Ada", "Alan", "Amina", "Ana", "Anders", "Asha", "Ben", "Bola", "Carla", "Chen", "Clara", "Dalia", "Daniel", "Dmitri",
	"Elena", "Emil", "Esra", "Farid", "Fatou", "Finn", "Gita", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jonas",
	"Kaito", "Karin", "Lars", "Leila", "Linus", "Lucia", "Mara", "Mateo", "Mei", "Mina", "Nadia", "Nils", "Noor", "Olga",
	"Omar", "Paula", "Petra", "Priya", "Quinn", "Rafael", "Rosa", "Sami", "Sara", "Sofia", "Tariq", "Tess", "Tomas", "Uma",
	"Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zoe",
}

var familyNames = []string{
	"Adeyemi", "Ahmed", "Andersson", "Bauer", "Becker", "Bianchi", "Brandt", "Castro", "Chen", "Costa", "Diaz", "Dubois",
	"Eriksen", "Fernandez", "Fischer", "Fontaine", "Garcia", "Greene", "Haddad", "Hansen", "Hoffmann", "Ivanova", "Jansen",
	"Jensen", "Kaya", "Keller", "Khan", "Kim", "Kovacs", "Larsen", "Lee", "Lindqvist", "Lopez", "Marino", "Meyer", "Mori",
	"Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Pereira", "Petrov", "Quist", "Rao", "Reyes", "Rossi", "Sato", "Schmidt",
	"Silva", "Singh", "Suzuki", "Tanaka", "Torres", "Urban", "Vogel", "Wagner", "Weber", "Wong", "Yilmaz", "Zhang", "Zimmer",
}

// namedPeople are the first users: the cast of a demonstration.
var namedPeople = []struct{ given, family, title string }{
	{"Ada", "Okafor", "Platform Lead"},
	{"Ben", "Larsen", "Site Reliability Engineer"},
	{"Chen", "Wei", "Site Reliability Engineer"},
	{"Dalia", "Haddad", "Security Lead"},
	{"Emil", "Novak", "Security Engineer"},
	{"Fatou", "Diallo", "Payments Engineer"},
	{"Grace", "Kim", "Data Engineer"},
	{"Hugo", "Marino", "Finance Analyst"},
	{"Ines", "Castro", "Support Engineer"},
	{"Jonas", "Weber", "Mobile Engineer"},
	{"Karin", "Lindqvist", "Engineering Manager"},
	{"Leila", "Ahmed", "Auditor"},
}

// namedGroups say which of namedPeople, by index, are in them.
var namedGroups = []struct {
	name, description string
	people            []int
}{
	{"platform-admins", "Runs the landing zone", []int{0, 10}},
	{"sre", "Site reliability engineering", []int{0, 1, 2}},
	{"security", "Security and incident response", []int{3, 4}},
	{"payments-engineering", "Builds and runs payments", []int{5, 1}},
	{"data-engineering", "Warehouse and pipelines", []int{6}},
	{"finance", "Reads bills", []int{7}},
	{"support", "Helps customers", []int{8}},
	{"engineering", "Everybody who writes code", []int{0, 1, 2, 5, 6, 9, 10}},
	{"auditors", "Reads everything, changes nothing", []int{11}},
}

var namedAccounts = []struct {
	name, ou, env, team string
	critical            bool
}{
	{"prod-billing", "/Production/Payments", "prod", "payments", true},
	{"prod-payments", "/Production/Payments", "prod", "payments", true},
	{"prod-web", "/Production", "prod", "web", true},
	{"prod-data", "/Production/Data", "prod", "data", false},
	{"staging-billing", "/Staging", "staging", "payments", false},
	{"staging-payments", "/Staging", "staging", "payments", false},
	{"staging-web", "/Staging", "staging", "web", false},
	{"sandbox-ada", "/Sandbox", "sandbox", "platform", false},
	{"sandbox-ben", "/Sandbox", "sandbox", "sre", false},
	{"sandbox-shared", "/Sandbox", "sandbox", "platform", false},
}

var namedSets = []struct {
	name, description string
	hours             int
	policies          []string
	jit               bool
	inline            string // statements of the policy that is written into it
}{
	{"ReadOnly", "Reads everything, data included", 8, []string{"ReadOnlyAccess"}, true, ""},
	{"ViewOnlyAccess", "Sees what there is, but no data", 12, []string{"job-function/ViewOnlyAccess"}, true, ""},
	{"PowerUserAccess", "Everything but users and permissions", 4, []string{"PowerUserAccess"}, true, ""},
	{"AdministratorAccess", "Everything", 1, []string{"AdministratorAccess"}, true, ""},
	{"BillingRead", "Reads bills and budgets", 8, []string{"AWSBillingReadOnlyAccess"}, true, ""},
	{"SecurityAudit", "Reads configuration for audits", 4, []string{"SecurityAudit"}, true, ""},
	{"DatabaseAdmin", "Runs databases", 2, []string{"job-function/DatabaseAdministrator"}, true, `{"Sid":"Secrets","Effect":"Allow","Action":["kms:Decrypt","secretsmanager:Get*"],"Resource":"*"}`},
	{"NetworkAdmin", "Runs networks", 2, []string{"job-function/NetworkAdministrator"}, true, ""},
	{"SupportUser", "Opens and follows support cases", 8, []string{"job-function/SupportUser"}, true, ""},
	{"OrganizationAdmin", "Runs the organization itself", 1, []string{"AdministratorAccess"}, false, ""},
}

var (
	setSubjects  = []string{"S3", "EC2", "Lambda", "RDS", "DynamoDB", "EKS", "ECS", "SQS", "SNS", "KMS", "CloudWatch", "Glue", "Athena", "Redshift", "SageMaker", "Route53", "CloudFront", "StepFunctions", "Kinesis", "OpenSearch"}
	setLevels    = []string{"Read", "Operate", "Deploy", "Debug", "Admin"}
	accountTeams = []string{"web", "mobile", "search", "payments", "billing", "risk", "data", "ml", "identity", "growth", "support", "logistics", "catalog", "orders", "messaging", "media", "platform", "observability", "security", "partners"}
	accountTiers = []string{"core", "edge", "batch", "api", "jobs", "events", "reports", "cache", "ingest", "archive"}
	environments = []struct{ name, ou string }{{"prod", "/Production"}, {"staging", "/Staging"}, {"dev", "/Development"}, {"sandbox", "/Sandbox"}}
	jobTitles    = []string{"Engineer", "Senior Engineer", "Analyst", "Designer", "Product Manager", "Support Engineer", "Data Scientist", "Engineering Manager"}
)

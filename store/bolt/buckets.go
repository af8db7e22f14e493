package bolt

// bucketName names a bucket of the file; doc.go says what is in each.
type bucketName string

// The buckets of records, and after each its indexes.
const (
	requestBucket      bucketName = "requests"
	requestsByForm     bucketName = "requests.form"
	requestsByState    bucketName = "requests.state"
	requestsByPerson   bucketName = "requests.person"
	requestsDebrief    bucketName = "requests.debrief"
	grantBucket        bucketName = "grants"
	grantsByState      bucketName = "grants.state"
	grantsByKey        bucketName = "grants.key"
	grantsByPerson     bucketName = "grants.person"
	grantsByRequest    bucketName = "grants.request"
	assignmentBucket   bucketName = "assignments"
	assignmentsByState bucketName = "assignments.state"
	assignmentsStuck   bucketName = "assignments.stuck"
	dueBucket          bucketName = "due"
	noticeBucket       bucketName = "notices"
	noticesByNext      bucketName = "notices.next"
	messageBucket      bucketName = "messages"
	auditBucket        bucketName = "audit"
	chainBucket        bucketName = "chain"
	pinBucket          bucketName = "pins"
	pinsByPerson       bucketName = "pins.person"
	revisionBucket     bucketName = "revisions"
	revisionsByState   bucketName = "revisions.state"
	metaBucket         bucketName = "meta"
	blobBucket         bucketName = "blobs"

	schemaBucket bucketName = "schema"
)

// buckets are all but the schema's own.
func buckets() []bucketName {
	return append(indexes(),
		requestBucket, grantBucket, assignmentBucket, noticeBucket, messageBucket,
		auditBucket, chainBucket, pinBucket, revisionBucket, metaBucket, blobBucket)
}

// indexes are the buckets that hold nothing which could not be derived from records.
func indexes() []bucketName {
	return []bucketName{
		requestsByForm, requestsByState, requestsByPerson, requestsDebrief,
		grantsByState, grantsByKey, grantsByPerson, grantsByRequest,
		assignmentsByState, assignmentsStuck,
		dueBucket, noticesByNext, pinsByPerson, revisionsByState,
	}
}

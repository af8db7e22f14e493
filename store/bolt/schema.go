package bolt

import (
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"
)

const versionKey = "version"

// migration brings a file from the version before to its own. Once released, a
// migration never changes.
type migration struct {
	to    int
	about string
	run   func(*bbolt.Tx) error
}

// migrations are all steps from an empty file to today's layout, in order.
func migrations() []migration {
	return []migration{
		{to: 1, about: "the buckets of the first layout", run: create(
			requestBucket, requestsByForm, requestsByState, requestsByPerson,
			grantBucket, grantsByState, grantsByKey, grantsByPerson, grantsByRequest,
			assignmentBucket, assignmentsByState, assignmentsStuck,
			dueBucket, noticeBucket, noticesByNext, messageBucket, auditBucket, chainBucket,
			pinBucket, pinsByPerson, metaBucket, blobBucket,
		)},
		{to: 2, about: "the policy's revisions", run: create(revisionBucket, revisionsByState)},
		{to: 3, about: "open debriefs", run: create(requestsDebrief)},
	}
}

// create is a migration that makes new buckets.
func create(names ...bucketName) func(*bbolt.Tx) error {
	return func(btx *bbolt.Tx) error {
		for _, name := range names {
			if _, err := btx.CreateBucket([]byte(name)); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		return nil
	}
}

// schemaVersion reads the version of the file; 0 is a file that bbolt has just made.
func schemaVersion(btx *bbolt.Tx) (int, error) {
	b := btx.Bucket([]byte(schemaBucket))
	if b == nil {
		if name, _ := btx.Cursor().First(); name != nil {
			return 0, &damage{"it is a bbolt file of another program", "Give Stint a path of its own."}
		}
		return 0, nil
	}
	text := string(b.Get([]byte(versionKey)))
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 {
		return 0, &damage{fmt.Sprintf("its layout version reads %q", text), restoreHint}
	}
	return version, nil
}

// tooNew refuses a file that a newer Stint wrote: it may hold what this one would lose.
func tooNew(have int, steps []migration) error {
	if newest := steps[len(steps)-1].to; have > newest {
		return &damage{
			fmt.Sprintf("a newer Stint wrote it (layout %d, this one knows %d)", have, newest),
			"Start the newer version again, or put the backup that was made before the update in its place.",
		}
	}
	return nil
}

// migrate brings the file to the newest version: all steps in one transaction, so that
// a failure or a crash leaves it at the version it had.
func migrate(db *bbolt.DB, path string, steps []migration) error {
	newest := steps[len(steps)-1].to
	var have int
	err := db.View(func(btx *bbolt.Tx) (err error) {
		have, err = schemaVersion(btx)
		return err
	})
	if err != nil {
		return err
	}
	if err := tooNew(have, steps); err != nil || have == newest {
		return err
	}
	return db.Update(func(btx *bbolt.Tx) error {
		for _, m := range steps {
			if m.to <= have {
				continue
			}
			if err := m.run(btx); err != nil {
				return &damage{
					fmt.Sprintf("the update of its layout to %d (%s) failed: %v", m.to, m.about, err),
					"Nothing was changed. Go back to the version of Stint that wrote it, and report this.",
				}
			}
		}
		b, err := btx.CreateBucketIfNotExists([]byte(schemaBucket))
		if err != nil {
			return fmt.Errorf("bucket %s in %s: %w", schemaBucket, path, err)
		}
		return b.Put([]byte(versionKey), []byte(strconv.Itoa(newest)))
	})
}

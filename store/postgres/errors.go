package postgres

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"stint/access/fault"
)

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// answered reports whether Postgres itself said what is wrong, so that the outcome is
// known; else the connection failed. A server that is shutting down ends the connection in
// the same breath, and what became of a commit is as unknown as if it had said nothing.
func answered(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && !strings.HasPrefix(e.Code, "57P") && !strings.HasPrefix(e.Code, "08")
}

// explained leaves alone what has its words already.
func explained(op string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return explain(op, err)
}

// explain gives each failure of the engine its words: what is wrong and what to do. The
// codes are those of Postgres's appendix A.
func explain(op string, err error) error {
	message, hint := "The database cannot be reached.", "Stint tries again by itself. Look at the database and at the network to it."
	code := fault.Unavailable
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case e.Code == "55P03":
			message, hint = "Another replica has been writing to the database for too long.", "It goes on by itself once that ends; if it stays, look for a stalled replica."
		case e.Code == "25006":
			message, hint = "The database only reads: it is a standby, or set to read-only.", "Point STINT_DATABASE_URL at the primary; list several hosts with target_session_attrs=read-write to follow a failover."
		case e.Code == "57014":
			message, hint = "The database took too long to answer.", "Look at its load."
		case e.Code == "25P03":
			message, hint = "The database ended a transaction that stood still.", "This replica was stalled; look at its machine."
		case strings.HasPrefix(e.Code, "57P"):
			message, hint = "The database is stopping or starting.", "Stint goes on by itself when it is back."
		case e.Code == "53100":
			message, hint = "The disk of the database is full: nothing was stored.", "Free space there."
		case strings.HasPrefix(e.Code, "53"):
			message, hint = "The database has no room for another connection or more memory.", "Raise its limits, or lower the number of replicas."
		case strings.HasPrefix(e.Code, "28"):
			message, hint = "The database does not let Stint in.", "Mend user and password in STINT_DATABASE_URL."
		case strings.HasPrefix(e.Code, "3D"):
			message, hint = "There is no such database.", "Create it, or mend STINT_DATABASE_URL."
		case e.Code == "42501":
			message, hint = "The database user may not do this.", "The user of STINT_DATABASE_URL must own the tables."
		default:
			code, message, hint = fault.Internal, "The database refused what Stint asked of it.", "This is a defect of Stint; report it with the log."
		}
	}
	return fault.Wrap(err, code, op, message, hint)
}

-- The records of Stint. The text of due and next is RFC 3339 in UTC with nine digits, which
-- sorts as time does, to the nanosecond and in every year that JSON can write.

CREATE TABLE writer (one boolean PRIMARY KEY DEFAULT true CHECK (one));
INSERT INTO writer DEFAULT VALUES;

CREATE TABLE requests (
	id       text COLLATE "C" PRIMARY KEY,
	version  bigint NOT NULL,
	state    text COLLATE "C" NOT NULL,
	form_key text COLLATE "C" UNIQUE,
	asker    text COLLATE "C" NOT NULL,
	receiver text COLLATE "C" NOT NULL,
	due      text COLLATE "C",
	data     json NOT NULL
);
CREATE INDEX requests_state ON requests (state, id);
CREATE INDEX requests_asker ON requests (asker, id);
CREATE INDEX requests_receiver ON requests (receiver, id);
CREATE INDEX requests_due ON requests (due) WHERE due IS NOT NULL;

CREATE TABLE grants (
	id      text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL,
	state   text COLLATE "C" NOT NULL,
	key     text COLLATE "C" NOT NULL,
	person  text COLLATE "C" NOT NULL,
	request text COLLATE "C" NOT NULL,
	due     text COLLATE "C",
	data    json NOT NULL
);
CREATE INDEX grants_state ON grants (state, id);
CREATE INDEX grants_key ON grants (key, state, id);
CREATE INDEX grants_person ON grants (person, state, id);
CREATE INDEX grants_request ON grants (request, id);
CREATE INDEX grants_due ON grants (due) WHERE due IS NOT NULL;

CREATE TABLE assignments (
	key     text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL,
	state   text COLLATE "C" NOT NULL,
	stuck   boolean NOT NULL,
	due     text COLLATE "C",
	data    json NOT NULL
);
CREATE INDEX assignments_state ON assignments (state, key);
CREATE INDEX assignments_stuck ON assignments (key) WHERE stuck;
CREATE INDEX assignments_due ON assignments (due) WHERE due IS NOT NULL;

CREATE TABLE notices (
	id   text COLLATE "C" PRIMARY KEY,
	next text COLLATE "C" NOT NULL,
	data json NOT NULL
);
CREATE INDEX notices_next ON notices (next, id);

CREATE TABLE messages (key text COLLATE "C" PRIMARY KEY, data json NOT NULL);

-- Lines are never changed: their chain stands beside them.
CREATE TABLE audit (seq bigint PRIMARY KEY, data json NOT NULL);
CREATE TABLE audit_chain (seq bigint PRIMARY KEY REFERENCES audit, prev text NOT NULL, hash text NOT NULL);

CREATE TABLE pins (
	slack  text COLLATE "C" PRIMARY KEY,
	person text COLLATE "C" NOT NULL UNIQUE,
	data   json NOT NULL
);

CREATE TABLE revisions (
	id      text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL,
	state   text COLLATE "C" NOT NULL,
	data    json NOT NULL
);
CREATE INDEX revisions_state ON revisions (state, id);

CREATE TABLE meta (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE blobs (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);

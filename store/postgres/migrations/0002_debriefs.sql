-- Whether somebody still has to look back at an emergency. Earlier ones asked for no debrief.

ALTER TABLE requests ADD COLUMN debrief boolean NOT NULL DEFAULT false;
CREATE INDEX requests_debrief ON requests (id) WHERE debrief;

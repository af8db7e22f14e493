-- Which records the writers must understand. A release that stores what the one before would
-- lose or misread raises it; replicas of that one, which still run, then write no more.

ALTER TABLE writer ADD COLUMN format integer NOT NULL DEFAULT 1;

CREATE TABLE bounces (
  issue INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subscriber INTEGER NOT NULL,
  at BIGINT NOT NULL,
  status TEXT NOT NULL,
  diagnostic TEXT NOT NULL,
  counts BOOLEAN NOT NULL,
  CONSTRAINT pk_bounces PRIMARY KEY (issue, number, kind)
);

CREATE INDEX ix_bounces_at ON bounces (at);

CREATE INDEX ix_bounces_subscriber ON bounces (subscriber);

CREATE TABLE counters (
  name TEXT NOT NULL,
  value BIGINT NOT NULL,
  CONSTRAINT pk_counters PRIMARY KEY (name)
);

CREATE TABLE document_versions (
  path TEXT NOT NULL,
  etag TEXT NOT NULL,
  last BIGINT NOT NULL,
  CONSTRAINT pk_document_versions PRIMARY KEY (path, etag)
)
 WITHOUT ROWID;

CREATE INDEX ix_document_versions_last ON document_versions (last);

CREATE TABLE documents (
  path TEXT NOT NULL,
  feed TEXT NOT NULL,
  format TEXT NOT NULL,
  inputs TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  mtime_ns BIGINT NOT NULL,
  etag TEXT NOT NULL,
  writing TEXT NOT NULL,
  CONSTRAINT pk_documents PRIMARY KEY (path)
);

CREATE TABLE facet_pages (
  facet INTEGER NOT NULL,
  page INTEGER NOT NULL,
  changed BIGINT NOT NULL,
  CONSTRAINT pk_facet_pages PRIMARY KEY (facet, page)
)
 WITHOUT ROWID;

CREATE INDEX ix_facet_pages_changed ON facet_pages (changed);

CREATE TABLE facet_posts (
  facet INTEGER NOT NULL,
  published BIGINT NOT NULL,
  post INTEGER NOT NULL,
  page INTEGER NOT NULL,
  CONSTRAINT pk_facet_posts PRIMARY KEY (facet, published, post)
)
 WITHOUT ROWID;

CREATE INDEX ix_facet_posts_page ON facet_posts (facet, page);

CREATE INDEX ix_facet_posts_post ON facet_posts (post);

CREATE TABLE facets (
  "key" INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  posts INTEGER NOT NULL,
  page INTEGER NOT NULL,
  room INTEGER NOT NULL,
  CONSTRAINT pk_facets PRIMARY KEY ("key"),
  CONSTRAINT uq_facets_kind_name_language UNIQUE (kind, name, language)
);

CREATE TABLE feeds (
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  "key" TEXT NOT NULL,
  title TEXT NOT NULL,
  first_published BIGINT NOT NULL,
  CONSTRAINT pk_feeds PRIMARY KEY (name),
  CONSTRAINT uq_feeds_id UNIQUE (id)
);

CREATE TABLE issues (
  "key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  cadence TEXT NOT NULL,
  period TEXT NOT NULL,
  due BIGINT NOT NULL,
  audience INTEGER NOT NULL,
  created BIGINT NOT NULL,
  state TEXT NOT NULL,
  trouble TEXT NOT NULL,
  CONSTRAINT uq_issues_cadence_due_period UNIQUE (cadence, due, period)
);

CREATE TABLE leases (
  name TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  until BIGINT NOT NULL,
  CONSTRAINT pk_leases PRIMARY KEY (name)
);

CREATE TABLE nodes (
  epoch INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  until BIGINT NOT NULL
);

CREATE TABLE notices (
  "key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  subscriber INTEGER NOT NULL,
  kind TEXT NOT NULL,
  created BIGINT NOT NULL,
  message BLOB NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at BIGINT,
  reply TEXT NOT NULL,
  node BIGINT
);

CREATE INDEX ix_notices_subscriber ON notices (subscriber);

CREATE TABLE posts (
  "key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  declared_id TEXT NOT NULL,
  rss_id TEXT NOT NULL,
  atom_id TEXT NOT NULL,
  json_id TEXT NOT NULL,
  title TEXT NOT NULL,
  slug TEXT NOT NULL,
  url TEXT NOT NULL,
  published BIGINT NOT NULL,
  updated BIGINT,
  categories TEXT NOT NULL,
  tags TEXT NOT NULL,
  author TEXT NOT NULL,
  language TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  image TEXT NOT NULL,
  image_alt TEXT NOT NULL,
  notes TEXT NOT NULL,
  in_mail BOOLEAN NOT NULL,
  in_feeds BOOLEAN NOT NULL,
  expires BIGINT,
  translation_key TEXT NOT NULL,
  feed_content TEXT NOT NULL,
  rights TEXT NOT NULL,
  enclosures TEXT NOT NULL,
  episode TEXT NOT NULL,
  state TEXT NOT NULL,
  twin TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  sequence BIGINT,
  carried BOOLEAN NOT NULL,
  hold TEXT NOT NULL,
  CONSTRAINT uq_posts_path UNIQUE (path),
  CONSTRAINT uq_posts_sequence UNIQUE (sequence)
);

CREATE INDEX ix_posts_atom_id ON posts (atom_id);

CREATE INDEX ix_posts_clashing ON posts (path) WHERE state = 'clash';

CREATE INDEX ix_posts_declared_id ON posts (declared_id);

CREATE INDEX ix_posts_expires ON posts (expires) WHERE expires IS NOT NULL;

CREATE INDEX ix_posts_fingerprint ON posts (fingerprint);

CREATE INDEX ix_posts_held ON posts (hold) WHERE hold != '';

CREATE INDEX ix_posts_json_id ON posts (json_id);

CREATE INDEX ix_posts_ripening ON posts (changed) WHERE state = 'visible' AND sequence IS NULL;

CREATE INDEX ix_posts_rss_id ON posts (rss_id);

CREATE INDEX ix_posts_translation_key ON posts (translation_key);

CREATE INDEX ix_posts_url ON posts (url);

CREATE INDEX ix_posts_visible ON posts (first_seen) WHERE state = 'visible';

CREATE INDEX ix_posts_waiting ON posts (published) WHERE state IN ('future', 'expired');

CREATE TABLE reader_counts (
  day TEXT NOT NULL,
  feed TEXT NOT NULL,
  service TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  readers BIGINT NOT NULL,
  CONSTRAINT pk_reader_counts PRIMARY KEY (day, feed, service, feed_id)
);

CREATE TABLE receipts (
  receipt TEXT NOT NULL,
  count BIGINT NOT NULL,
  CONSTRAINT pk_receipts PRIMARY KEY (receipt)
);

CREATE TABLE renderings (
  name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  recipe TEXT NOT NULL,
  html TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  image TEXT NOT NULL,
  image_alt TEXT NOT NULL,
  CONSTRAINT pk_renderings PRIMARY KEY (name)
);

CREATE INDEX ix_renderings_fingerprint ON renderings (fingerprint);

CREATE TABLE send_minutes (
  minute BIGINT NOT NULL,
  count BIGINT NOT NULL,
  CONSTRAINT pk_send_minutes PRIMARY KEY (minute)
);

CREATE TABLE send_pace (
  "key" INTEGER NOT NULL,
  arrival BIGINT NOT NULL,
  CONSTRAINT pk_send_pace PRIMARY KEY ("key")
);

CREATE TABLE sidecars (
  path TEXT NOT NULL,
  document TEXT NOT NULL,
  content TEXT NOT NULL,
  size BIGINT NOT NULL,
  mtime_ns BIGINT NOT NULL,
  etag TEXT NOT NULL,
  CONSTRAINT pk_sidecars PRIMARY KEY (path)
);

CREATE TABLE slots (
  cadence TEXT NOT NULL,
  zone TEXT NOT NULL,
  hour INTEGER NOT NULL,
  weekday INTEGER NOT NULL,
  period TEXT NOT NULL,
  due BIGINT NOT NULL,
  closed BIGINT NOT NULL,
  CONSTRAINT pk_slots PRIMARY KEY (cadence, zone, hour, weekday, period)
);

CREATE TABLE sources (
  path TEXT NOT NULL,
  size BIGINT NOT NULL,
  mtime_ns BIGINT NOT NULL,
  inode BIGINT NOT NULL,
  fingerprint TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  line INTEGER NOT NULL,
  message TEXT NOT NULL,
  CONSTRAINT pk_sources PRIMARY KEY (path)
);

CREATE INDEX ix_sources_verdict ON sources (verdict) WHERE verdict != 'post';

CREATE TABLE state (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_state PRIMARY KEY (name)
);

CREATE TABLE subscribers (
  "key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  topics TEXT NOT NULL,
  cadence TEXT NOT NULL,
  language TEXT NOT NULL,
  hour INTEGER NOT NULL,
  weekday INTEGER NOT NULL,
  zone TEXT NOT NULL,
  watermark BIGINT NOT NULL,
  active_since BIGINT,
  generation INTEGER NOT NULL,
  created BIGINT NOT NULL,
  consent TEXT NOT NULL,
  confirmed BIGINT,
  unsubscribed BIGINT,
  CONSTRAINT uq_subscribers_email UNIQUE (email)
);

CREATE INDEX ix_subscribers_address_hash ON subscribers (address_hash);

CREATE INDEX ix_subscribers_slot ON subscribers (state, cadence, zone, hour, weekday);

CREATE TABLE suppressions (
  address_hash TEXT NOT NULL,
  reason TEXT NOT NULL,
  created BIGINT NOT NULL,
  CONSTRAINT pk_suppressions PRIMARY KEY (address_hash)
);

CREATE TABLE editions (
  "key" INTEGER NOT NULL,
  issue INTEGER NOT NULL,
  language TEXT NOT NULL,
  posts TEXT NOT NULL,
  more INTEGER NOT NULL,
  subject TEXT NOT NULL,
  skeleton BLOB NOT NULL,
  CONSTRAINT pk_editions PRIMARY KEY ("key"),
  CONSTRAINT fk_editions_issue FOREIGN KEY(issue) REFERENCES issues ("key")
);

CREATE INDEX ix_editions_issue ON editions (issue);

CREATE TABLE deliveries (
  issue INTEGER NOT NULL,
  subscriber INTEGER NOT NULL,
  edition INTEGER NOT NULL,
  cadence TEXT NOT NULL,
  period TEXT NOT NULL,
  top BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  doubts INTEGER NOT NULL,
  next_at BIGINT,
  changed BIGINT NOT NULL,
  reply TEXT NOT NULL,
  node BIGINT,
  CONSTRAINT pk_deliveries PRIMARY KEY (issue, subscriber),
  CONSTRAINT uq_deliveries_subscriber_cadence_period UNIQUE (subscriber, cadence, period),
  CONSTRAINT fk_deliveries_issue FOREIGN KEY(issue) REFERENCES issues ("key"),
  CONSTRAINT fk_deliveries_edition FOREIGN KEY(edition) REFERENCES editions ("key")
)
 WITHOUT ROWID;

CREATE INDEX ix_deliveries_open ON deliveries (issue, subscriber) WHERE (state = 'pending' OR state = 'inflight' OR state = 'deferred');

CREATE UNIQUE INDEX uq_deliveries_open ON deliveries (subscriber) WHERE (state = 'pending' OR state = 'inflight' OR state = 'deferred');

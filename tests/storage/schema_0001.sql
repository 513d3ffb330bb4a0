BEGIN;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE people (
    id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    created DATETIME NOT NULL,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people_name UNIQUE (name)
);
CREATE TABLE conversations (
    id VARCHAR(64) NOT NULL,
    person_id INTEGER NOT NULL,
    catalogue VARCHAR(64) NOT NULL,
    title VARCHAR(200) NOT NULL,
    started DATETIME NOT NULL,
    updated DATETIME NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (id),
    CONSTRAINT fk_conversations_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE
);
CREATE INDEX ix_conversations_person_id ON conversations (person_id);
CREATE TABLE turns (
    id INTEGER NOT NULL,
    conversation_id VARCHAR(64) NOT NULL,
    number INTEGER NOT NULL,
    user_text TEXT NOT NULL,
    result JSON NOT NULL,
    messages JSON NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT pk_turns PRIMARY KEY (id),
    CONSTRAINT fk_turns_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT uq_turns_conversation_id_number UNIQUE (conversation_id, number)
);
CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL,
    conversation_id VARCHAR(64),
    catalogue VARCHAR(64),
    kind VARCHAR(20) NOT NULL,
    about TEXT NOT NULL,
    value JSON,
    source TEXT NOT NULL,
    lasting BOOLEAN NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT fk_events_person_id FOREIGN KEY(person_id) REFERENCES people (id) ON DELETE CASCADE,
    CONSTRAINT fk_events_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE SET NULL
);
CREATE INDEX ix_events_person_id ON events (person_id);
CREATE INDEX ix_events_conversation_id ON events (conversation_id);
CREATE TABLE catalogues (
    id INTEGER NOT NULL,
    name VARCHAR(64) NOT NULL,
    source TEXT NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    columns JSON NOT NULL,
    size INTEGER NOT NULL,
    imported DATETIME NOT NULL,
    CONSTRAINT pk_catalogues PRIMARY KEY (id),
    CONSTRAINT uq_catalogues_name UNIQUE (name)
);
CREATE TABLE items (
    id INTEGER NOT NULL,
    catalogue_id INTEGER NOT NULL,
    item_id VARCHAR(200) NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    year INTEGER,
    description TEXT,
    popularity DOUBLE,
    image_url TEXT,
    url TEXT,
    same_as TEXT,
    attributes JSON NOT NULL,
    digest VARCHAR(32) NOT NULL,
    CONSTRAINT pk_items PRIMARY KEY (id),
    CONSTRAINT fk_items_catalogue_id FOREIGN KEY(catalogue_id) REFERENCES catalogues (id) ON DELETE CASCADE,
    CONSTRAINT uq_items_catalogue_id_item_id UNIQUE (catalogue_id, item_id)
);
CREATE INDEX ix_items_catalogue_id_position ON items (catalogue_id, position);
CREATE VIRTUAL TABLE items_fts USING fts5(title, attributes, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO alembic_version VALUES ('0001');
INSERT INTO people VALUES (1,'ana','2026-11-22 02:21:13.271438');
INSERT INTO conversations VALUES ('c1',1,'things','steel please','2026-11-22 02:21:13.324708','2026-11-22 02:21:13.324708');
INSERT INTO turns VALUES (1,'c1',1,'steel please','{"conversation": "c1", "act": "recommend", "reply": "Try the kettle.", "suggestions": [{"item": {"item_id": "kettle", "title": "Kettle", "year": 1995, "attributes": {"kinds": ["Steel", "Whistling"], "makers": ["Ana \u00d6''Neil"]}, "numbers": {"litres": 1.7}, "description": null, "popularity": 3.5, "image_url": null, "url": null, "same_as": "k-1"}, "score": 0.125, "reasons": ["You like steel."], "terms": {"attributes": 0.5, "popularity": 1.0}}], "understood": {"intents": ["preference", "request"], "likes": ["kinds:Steel"], "constraints": {"year_min": 1990, "litres_max": 2.5}, "lasting": ["kinds:Steel"], "count": 3, "foreign_language": false, "empty": false}, "timings": {"ranked_ms": 12.5, "first_token_ms": null, "total_ms": 100.0}, "chips": ["older"], "notices": ["Few are left."]}','[{"speaker": "user", "text": "steel please", "items": []}]','2026-11-22 02:21:13.324708');
INSERT INTO events VALUES (1,1,'c1','things','likes','kinds:Steel',NULL,'I said kinds:Steel',1,'2026-01-01 12:30:15.123456');
INSERT INTO catalogues VALUES (1,'things','things.csv','445d2d7f14d5c0a695ab968673432a46','{"kinds": false}',1,'2026-11-22 02:21:13.421480');
INSERT INTO items VALUES (1,1,'kettle',0,'Kettle',1995,NULL,NULL,NULL,NULL,NULL,'{"kinds": ["Steel", "Whistling"]}','99923789e21fb953ffd385b4b4abdc58');
INSERT INTO items_fts (rowid, title, attributes) VALUES (1, 'kettle', 'steel whistling');
COMMIT;

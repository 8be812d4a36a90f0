-- How names, numbers and words are compared: without case, accents and punctuation.

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

CREATE FUNCTION search_form(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(
    regexp_replace(
        public.unaccent('public.unaccent', casefold(normalize(value, NFKC) COLLATE pg_unicode_fast))
            COLLATE pg_unicode_fast,
        '[^[:alnum:][:space:]]+', '', 'g'
    ),
    '([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1', 'g'
);

CREATE FUNCTION reference_form(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(search_form(value), '[[:space:]]+', '', 'g');

-- Words of one or two characters are found where a word begins: an index of trigrams has nothing shorter.
CREATE FUNCTION search_key(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(ltrim(search_form(word))) < 3 THEN ' ' ELSE '' END || ltrim(search_form(word));

/// The tables of `appliance.sqlite`.
package enum ApplianceSchema {
    /// "CrlA".
    package static let migrations = Migrations(applicationID: 0x4372_6C41, steps: [version1, version2])

    private static let version1 =
        """
        CREATE TABLE counter (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('changes', 0);

        CREATE TABLE tenant (
            uid TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            tier TEXT NOT NULL,
            rate_per_minute REAL,
            burst REAL,
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER tenant_uid BEFORE UPDATE OF uid ON tenant
        BEGIN SELECT RAISE(ABORT, 'a tenant keeps its uid'); END;

        CREATE TABLE api_key (
            id TEXT PRIMARY KEY,
            tenant_uid TEXT NOT NULL REFERENCES tenant (uid) ON DELETE CASCADE,
            user TEXT NOT NULL,
            scopes TEXT NOT NULL,
            secret_hash BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX api_key_tenant ON api_key (tenant_uid);

        CREATE TABLE revocation (
            jti TEXT PRIMARY KEY,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE signing_key (
            id TEXT PRIMARY KEY,
            algorithm TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            retired_at INTEGER
        ) STRICT, WITHOUT ROWID;

        \(AuditSchema.version1)
        """

    /// OAuth clients, of which the box keeps what it keeps of API keys.
    private static let version2 =
        """
        CREATE TABLE oauth_client (
            id TEXT PRIMARY KEY,
            tenant_uid TEXT NOT NULL REFERENCES tenant (uid) ON DELETE CASCADE,
            user TEXT NOT NULL,
            scopes TEXT NOT NULL,
            secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
            token_seconds INTEGER NOT NULL CHECK (token_seconds > 0),
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX oauth_client_tenant ON oauth_client (tenant_uid);
        """
}

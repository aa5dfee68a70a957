import Access
import JSON
import TenantStore

/// API keys are made and ended on the folder's files, as tokens are.
extension Command {
    static let apiKeyCommands: [Command] = [
        Command(
            "apikey create", summary: "Print a new API key for a user of a tenant",
            about: [
                "The key is shown this once and kept as a hash alone: whoever loses it makes another. It is taken "
                    + "wherever a token is, as Authorization: Bearer."
            ],
            examples: ["KEY=$(carrel apikey create --tenant acme --user backup-robot --ttl 30d)"],
            options: [
                .data, .tenant, CommandOption("--user", "NAME", "whom the key stands for (required)"),
                CommandOption("--scope", "LIST", "search, write, admin, audit, separated by commas (default search)"),
                CommandOption("--ttl", "TIME", "how long it is good: 8h, 30d, 365d (default 90d)"), .json,
            ],
            run: createAPIKey),
        Command(
            "apikey list", summary: "List the API keys, without their secrets",
            options: [
                .data, CommandOption("--tenant", "NAME", "only this tenant's", kind: .tenant), .json,
            ],
            run: listAPIKeys),
        Command(
            "apikey revoke", "ID", summary: "Make an API key worthless from now on",
            about: ["ID is what apikey list shows: crl_ and 16 digits."], options: [.data, .json],
            run: revokeAPIKey),
    ]

    @Sendable private static func createAPIKey(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let user = try arguments.required("--user")
        let life = try arguments.timeToLive() ?? APIKeyRoll.defaultLife
        let scopes = try arguments.tenantScopes()
        guard TokenClaims.isUserID(user) else {
            throw UsageError(message: "option --user takes 1 to 256 bytes without control characters")
        }
        let files = try CredentialFiles(arguments)
        let made = try APIKeyRoll(files.database).create(
            tenant: files.tenant(arguments), user: user, scopes: scopes, life: life)
        guard arguments.has("--json") else {
            Terminal.output(made.key.text)
            return
        }
        var object = json(made.record)
        object["key"] = .string(made.key.text)
        Terminal.output(String(decoding: object.encoded(), as: UTF8.self))
    }

    @Sendable private static func listAPIKeys(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let files = try CredentialFiles(arguments)
        if let name = arguments["--tenant"], try files.database.tenant(named: name) == nil {
            throw CommandFailure("there is no tenant \(name)")
        }
        let keys = try APIKeyRoll(files.database).all().filter { key in
            arguments["--tenant"].map { $0 == key.tenantName } ?? true
        }
        guard arguments.has("--json") else {
            for key in keys { Terminal.output(line(key)) }
            return
        }
        let list: JSONObject = ["keys": .array(keys.map { .object(json($0)) })]
        Terminal.output(String(decoding: list.encoded(), as: UTF8.self))
    }

    @Sendable private static func revokeAPIKey(_ arguments: CommandArguments) async throws {
        let id = try arguments.operands("ID")[0]
        let files = try CredentialFiles(arguments)
        let key: APIKeyRecord
        do {
            key = try APIKeyRoll(files.database).revoke(id)
        } catch StoreError.notFound {
            throw CommandFailure("there is no such API key; carrel apikey list shows the ids")
        }
        if arguments.has("--json") {
            let answer: JSONObject = ["revoked": .string(key.id), "was": .string(state(of: key))]
            Terminal.output(String(decoding: answer.encoded(), as: UTF8.self))
        } else {
            Terminal.say(key.revokedAt == nil ? "revoked \(key.id)" : "\(key.id) was revoked already")
        }
    }

    private static func state(of key: APIKeyRecord) -> String {
        if key.revokedAt != nil { return "revoked" }
        return key.expiresAt <= Timestamp.now.seconds ? "expired" : "active"
    }

    private static func json(_ key: APIKeyRecord) -> JSONObject {
        var object: JSONObject = [
            "id": .string(key.id), "tenant": .string(key.tenantName), "user": .string(key.user),
            "scope": .string(key.scopes), "state": .string(state(of: key)),
            "created_at": .string(Timestamp(milliseconds: key.createdAt).description),
            "expires_at": .string(Timestamp(milliseconds: key.expiresAt * 1000).description),
        ]
        if let revokedAt = key.revokedAt {
            object["revoked_at"] = .string(Timestamp(milliseconds: revokedAt).description)
        }
        return object
    }

    private static func line(_ key: APIKeyRecord) -> String {
        let until = Timestamp(milliseconds: key.expiresAt * 1000).description.prefix(10)
        return [key.id, state(of: key), "until \(until)", "\(key.tenantName)/\(key.user)", key.scopes]
            .joined(separator: "\t")
    }
}

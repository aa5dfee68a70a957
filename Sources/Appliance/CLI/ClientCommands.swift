import Access
import JSON
import TenantStore

/// OAuth clients are registered and ended on the folder's files, as API keys are.
extension Command {
    static let clientCommands: [Command] = [
        Command(
            "client create", summary: "Register an OAuth client and print its id and secret",
            about: [
                "For programs that fetch their tokens themselves, by the grant client_credentials at /oauth/token. The "
                    + "secret is shown this once and kept as a hash alone: whoever loses it registers another client."
            ],
            examples: ["carrel client create --tenant acme --user indexer --scope search,write"],
            options: [
                .data, .tenant, CommandOption("--user", "NAME", "whom its tokens stand for (required)"),
                CommandOption(
                    "--scope", "LIST",
                    "the most it may ask for: search, write, admin, audit, separated by commas (default search)"),
                CommandOption("--ttl", "TIME", "how long the client is good: 30d, 365d (default 365d)"),
                CommandOption("--token-ttl", "TIME", "how long each token is good, at most 1d (default 1h)"), .json,
            ],
            run: createClient),
        Command(
            "client list", summary: "List the OAuth clients, without their secrets",
            options: [.data, CommandOption("--tenant", "NAME", "only this tenant's", kind: .tenant), .json],
            run: listClients),
        Command(
            "client revoke", "ID", summary: "End an OAuth client and every token it has",
            about: ["ID is what client list shows: crc_ and 16 digits."], options: [.data, .json],
            run: revokeClient),
    ]

    @Sendable private static func createClient(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let user = try arguments.required("--user")
        let life = try arguments.timeToLive() ?? ClientRoll.defaultLife
        let tokenLife = try arguments.timeToLive("--token-ttl") ?? ClientRoll.defaultTokenLife
        guard tokenLife <= ClientRoll.longestTokenLife else {
            throw UsageError(message: "option --token-ttl takes at most 1d: a client can always ask for the next token")
        }
        let scopes = try arguments.tenantScopes()
        guard TokenClaims.isUserID(user) else {
            throw UsageError(message: "option --user takes 1 to 256 bytes without control characters")
        }
        let files = try CredentialFiles(arguments)
        let made = try ClientRoll(files.database).create(
            tenant: files.tenant(arguments), user: user, scopes: scopes, life: life, tokenLife: tokenLife)
        if try CommandEnvironment.configuration(arguments).authorization.mode == .oidc {
            Terminal.say("note: this box is set to auth.mode oidc, in which it gives no tokens")
        }
        guard arguments.has("--json") else {
            Terminal.output("client_id=\(made.secret.id)\nclient_secret=\(made.secret.text)")
            return
        }
        var object = json(made.record)
        object["client_secret"] = .string(made.secret.text)
        Terminal.output(String(decoding: object.encoded(), as: UTF8.self))
    }

    @Sendable private static func listClients(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let files = try CredentialFiles(arguments)
        if let name = arguments["--tenant"], try files.database.tenant(named: name) == nil {
            throw CommandFailure("there is no tenant \(name)")
        }
        let clients = try ClientRoll(files.database).all().filter { client in
            arguments["--tenant"].map { $0 == client.tenantName } ?? true
        }
        guard arguments.has("--json") else {
            for client in clients { Terminal.output(line(client)) }
            return
        }
        let list: JSONObject = ["clients": .array(clients.map { .object(json($0)) })]
        Terminal.output(String(decoding: list.encoded(), as: UTF8.self))
    }

    @Sendable private static func revokeClient(_ arguments: CommandArguments) async throws {
        let id = try arguments.operands("ID")[0]
        let files = try CredentialFiles(arguments)
        let client: ClientRecord
        do {
            client = try ClientRoll(files.database).revoke(id)
        } catch StoreError.notFound {
            throw CommandFailure("there is no such client; carrel client list shows the ids")
        }
        if arguments.has("--json") {
            let answer: JSONObject = ["revoked": .string(client.id), "was": .string(state(of: client))]
            Terminal.output(String(decoding: answer.encoded(), as: UTF8.self))
        } else {
            Terminal.say(client.revokedAt == nil ? "revoked \(client.id)" : "\(client.id) was revoked already")
        }
    }

    private static func state(of client: ClientRecord) -> String {
        if client.revokedAt != nil { return "revoked" }
        return client.expiresAt <= Timestamp.now.seconds ? "expired" : "active"
    }

    private static func json(_ client: ClientRecord) -> JSONObject {
        var object: JSONObject = [
            "client_id": .string(client.id), "tenant": .string(client.tenantName), "user": .string(client.user),
            "scope": .string(client.scopes), "state": .string(state(of: client)),
            "token_seconds": .integer(client.tokenSeconds),
            "created_at": .string(Timestamp(milliseconds: client.createdAt).description),
            "expires_at": .string(Timestamp(milliseconds: client.expiresAt * 1000).description),
        ]
        if let revokedAt = client.revokedAt {
            object["revoked_at"] = .string(Timestamp(milliseconds: revokedAt).description)
        }
        return object
    }

    private static func line(_ client: ClientRecord) -> String {
        let until = Timestamp(milliseconds: client.expiresAt * 1000).description.prefix(10)
        return [
            client.id, state(of: client), "until \(until)", "\(client.tenantName)/\(client.user)", client.scopes,
        ].joined(separator: "\t")
    }
}

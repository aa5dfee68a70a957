import Access
import JSON
import TenantStore

/// Tokens are made and revoked on the folder's files, whether or not a server runs; one that does sees it within a
/// second.
extension Command {
    static let tokenCommands: [Command] = [
        Command(
            "token issue", summary: "Print a token for a user of a tenant",
            options: [
                .data, .tenant, CommandOption("--user", "NAME", "whom the token stands for (required)"),
                CommandOption("--scope", "LIST", "search, write, admin, audit, separated by commas (default search)"),
                CommandOption("--ttl", "TIME", "how long it is good: 15m, 8h, 30d (default 1h)"),
            ],
            run: issueToken),
        Command(
            "token operator", summary: "Print a token for the operator of the box",
            options: [.data, CommandOption("--ttl", "TIME", "how long it is good (default 1h)")], run: operatorToken),
        Command(
            "token revoke", "JTI", summary: "Make a token worthless from now on", options: [.data], run: revokeToken),
        Command(
            "token inspect", "TOKEN",
            summary: "Show what a token says and whether it is good ('-' reads standard input)",
            options: [.data], run: inspectToken),
    ]

    private static func open(_ arguments: CommandArguments) throws -> (KeyRing, ApplianceDatabase) {
        let configuration = try CommandEnvironment.configuration(arguments)
        try CommandEnvironment.becomeOwner(of: configuration.dataFolder)
        let folder = try DataFolder(configuration.dataFolder)
        return (
            try KeyRing.open(folder.signingKeys),
            try ApplianceDatabase.open(folder.applianceDatabase, auditHash: AuditChain.hash)
        )
    }

    private static func timeToLive(_ arguments: CommandArguments) throws -> Duration {
        guard let text = arguments["--ttl"] else { return .seconds(3_600) }
        guard let ttl = try? Duration(parsingTimeToLive: text) else {
            throw UsageError(message: "option --ttl takes a time such as 15m, 8h or 30d, not \(text)")
        }
        return ttl
    }

    @Sendable private static func issueToken(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let user = try arguments.required("--user")
        let ttl = try timeToLive(arguments)
        guard let scopes = try? ScopeSet(parsing: arguments["--scope"] ?? "search"), !scopes.contains(.operator) else {
            throw UsageError(message: "option --scope takes search, write, admin and audit, separated by commas")
        }
        let (keys, database) = try open(arguments)
        let tenants = try database.tenants()
        let name = arguments["--tenant"] ?? CommandEnvironment.variable("CARREL_TENANT")
        guard
            let tenant = name.map({ name in tenants.first { $0.name == name } })
                ?? (tenants.count == 1 ? tenants[0] : nil)
        else {
            let known = tenants.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                tenants.isEmpty
                    ? "there is no tenant yet: carrel tenant create NAME" : "say which tenant with --tenant: \(known)")
        }
        let claims = keys.makeClaims(
            tenant: try TenantIdentity(name: TenantName(tenant.name), uid: tenant.uid), userID: user, scopes: scopes,
            ttl: ttl,
            now: Timestamp.now.seconds)
        Terminal.output(try keys.issue(claims))
    }

    @Sendable private static func operatorToken(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let ttl = try timeToLive(arguments)
        let (keys, _) = try open(arguments)
        let claims = keys.makeClaims(
            tenant: nil, userID: "operator", scopes: .operator, ttl: ttl, now: Timestamp.now.seconds)
        Terminal.output(try keys.issue(claims))
    }

    @Sendable private static func revokeToken(_ arguments: CommandArguments) async throws {
        let id = try arguments.operands("JTI")[0]
        let (_, database) = try open(arguments)
        // Kept as long as the longest-lived token could be good.
        let expiry = Timestamp.now.seconds + 3_650 * 86_400
        try database.revoke(Revocation(tokenID: id, expiresAt: expiry))
        Terminal.say("revoked \(id)")
    }

    @Sendable private static func inspectToken(_ arguments: CommandArguments) async throws {
        var token = try arguments.operands("TOKEN")[0]
        if token == "-" { token = readLine() ?? "" }
        let (keys, database) = try open(arguments)
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Digest.decodeBase64URL(parts[1]),
            let claims = try? JSONValue(parsing: payload)
        else { throw CommandFailure("that is not a token") }
        Terminal.output(String(decoding: claims.encoded(), as: UTF8.self))
        switch keys.verify(token, acceptedAudiences: [], now: Timestamp.now.seconds) {
        case .success(let claims):
            let revoked = try database.revocations().contains { $0.tokenID == claims.id }
            Terminal.say(revoked ? "revoked" : "good")
        case .failure(let rejection):
            Terminal.say("refused: \(rejection)")
        }
    }
}

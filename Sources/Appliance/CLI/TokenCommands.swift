import Access
import JSON
import TenantStore

/// Tokens are made and revoked on the folder's files, whether or not a server runs; one that does sees it within a
/// second.
extension Command {
    static let tokenCommands: [Command] = [
        Command(
            "token issue", summary: "Print a token for a user of a tenant",
            examples: ["TOKEN=$(carrel token issue --user ada)"],
            options: [
                .data, .tenant, CommandOption("--user", "NAME", "whom the token stands for (required)"),
                CommandOption("--scope", "LIST", "search, write, admin, audit, separated by commas (default search)"),
                CommandOption("--ttl", "TIME", "how long it is good: 15m, 8h, 30d (default 1h)"), .json,
            ],
            run: issueToken),
        Command(
            "token operator", summary: "Print a token for the operator of the box",
            options: [.data, CommandOption("--ttl", "TIME", "how long it is good (default 1h)"), .json],
            run: operatorToken),
        Command(
            "token revoke", "JTI", summary: "Make a token worthless from now on",
            about: ["JTI is the token's id, which carrel token inspect shows."], options: [.data, .json],
            run: revokeToken),
        Command(
            "token inspect", "TOKEN",
            summary: "Show what a token says and whether it is good ('-' reads standard input)",
            options: [.data, .json], run: inspectToken),
    ]

    private static let defaultLife = Duration.seconds(3_600)

    @Sendable private static func issueToken(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let user = try arguments.required("--user")
        let ttl = try arguments.timeToLive() ?? defaultLife
        let scopes = try arguments.tenantScopes()
        let files = try CredentialFiles(arguments)
        let tenant = try files.tenant(arguments)
        let claims = files.keys.makeClaims(
            tenant: try TenantIdentity(name: TenantName(tenant.name), uid: tenant.uid), userID: user, scopes: scopes,
            ttl: ttl,
            now: Timestamp.now.seconds)
        let token = try files.keys.issue(claims)
        try files.database.appendAudit([
            .ofCommand("token.issue", target: "\(claims.id) \(tenant.name)/\(user) \(scopes)")
        ])
        show(token, claims, arguments)
    }

    @Sendable private static func operatorToken(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let ttl = try arguments.timeToLive() ?? defaultLife
        let files = try CredentialFiles(arguments)
        let claims = files.keys.makeClaims(
            tenant: nil, userID: "operator", scopes: .operator, ttl: ttl, now: Timestamp.now.seconds)
        let token = try files.keys.issue(claims)
        try files.database.appendAudit([.ofCommand("token.operator", target: claims.id)])
        show(token, claims, arguments)
    }

    @Sendable private static func revokeToken(_ arguments: CommandArguments) async throws {
        let id = try arguments.operands("JTI")[0]
        // A token or a key given by mistake must not be kept in the clear.
        guard id.utf8.count <= 128, !id.contains(".") else {
            throw UsageError(message: "JTI is the token's id, which token inspect shows, not the token")
        }
        guard !id.hasPrefix(APIKey.prefix) else {
            throw UsageError(message: "that is an API key; take it back with: carrel apikey revoke ID")
        }
        let files = try CredentialFiles(arguments)
        // Kept as long as the longest-lived token could be good.
        let expiry = Timestamp.now.seconds + 3_650 * 86_400
        try files.database.revoke(
            Revocation(tokenID: id, expiresAt: expiry), audit: .ofCommand("token.revoke", target: id))
        if arguments.has("--json") {
            Terminal.output(["revoked": .string(id)])
        } else {
            Terminal.say("revoked \(id)")
        }
    }

    @Sendable private static func inspectToken(_ arguments: CommandArguments) async throws {
        var token = try arguments.operands("TOKEN")[0]
        if token == "-" { token = readLine() ?? "" }
        let files = try CredentialFiles(arguments)
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Digest.decodeBase64URL(parts[1]),
            let claims = try? JSONValue(parsing: payload)
        else { throw CommandFailure("that is not a token") }
        let verdict: String
        switch files.keys.verify(token, acceptedAudiences: [], now: Timestamp.now.seconds) {
        case .success(let claims):
            verdict = try files.database.revocations().contains { $0.tokenID == claims.id } ? "revoked" : "good"
        case .failure(let rejection):
            verdict = "refused: \(rejection)"
        }
        if arguments.has("--json") {
            Terminal.output(["claims": claims, "verdict": .string(verdict)])
        } else {
            Terminal.output(claims)
            Terminal.say(verdict)
        }
    }

    /// The token alone, ready for a variable, or with what names it.
    private static func show(_ token: String, _ claims: TokenClaims, _ arguments: CommandArguments) {
        guard arguments.has("--json") else { return Terminal.output(token) }
        Terminal.output([
            "token": .string(token), "jti": .string(claims.id),
            "expires_at": .string(Timestamp(milliseconds: claims.expiresAt * 1000).description),
        ])
    }
}

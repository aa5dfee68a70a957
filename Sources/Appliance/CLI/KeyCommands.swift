import Access
import JSON
import TenantStore

/// The box's signing keys: those of tokens, which a running server takes up within a second, and those of agent cards, which
/// it reads at its next start.
extension Command {
    static let keyCommands: [Command] = [
        Command("keys list", summary: "List the signing keys, newest first", options: [.data, .json], run: listKeys),
        Command(
            "keys rotate", summary: "Make a new signing key; the old ones stay good",
            about: ["Tokens are signed with it at once, agent cards from the next start of the server on."],
            options: [.data, CommandOption("--card", "the key of agent cards instead of that of tokens"), .json],
            run: rotateKey),
        Command(
            "keys retire", "KID", summary: "End a key of tokens: what it signed is refused from now on",
            about: ["KID is the key's id, which carrel keys list shows."], options: [.data, .json], run: retireKey),
    ]

    @Sendable private static func listKeys(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let files = try CredentialFiles(arguments)
        let tokens = files.keys.keys().map { key in
            (key.id, "token", key.isRetired ? "retired" : key.isSigning ? "signing" : "verifying", key.createdAt)
        }
        let cards = try CardKeys.open(files.folder.signingKeys)
        let all =
            tokens
            + cards.keys.map { ($0.id, "card", $0.id == cards.signingKeyID ? "signing" : "published", $0.createdAt) }
        let described = all.map { (id: $0, of: $1, state: $2, made: Timestamp(milliseconds: $3 * 1000).description) }
        guard arguments.has("--json") else {
            for key in described { Terminal.output([key.id, key.of, key.state, key.made].joined(separator: "\t")) }
            return
        }
        Terminal.output([
            "keys": .array(
                described.map { key in
                    [
                        "kid": .string(key.id), "of": .string(key.of), "state": .string(key.state),
                        "created_at": .string(key.made),
                    ]
                })
        ])
    }

    @Sendable private static func rotateKey(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let files = try CredentialFiles(arguments)
        let isCard = arguments.has("--card")
        let id = try isCard ? CardKeys.rotate(files.folder.signingKeys) : files.keys.rotate()
        try files.database.appendAudit([.ofCommand("keys.rotate", target: "\(isCard ? "card" : "token") \(id)")])
        if arguments.has("--json") {
            Terminal.output(["kid": .string(id)])
        } else {
            Terminal.output(id)
        }
    }

    @Sendable private static func retireKey(_ arguments: CommandArguments) async throws {
        let id = try arguments.operands("KID")[0]
        let files = try CredentialFiles(arguments)
        do {
            try files.keys.retire(id)
        } catch AccessError.unknownKey {
            throw CommandFailure("there is no such key of tokens; carrel keys list shows them")
        } catch AccessError.lastKey {
            throw CommandFailure("that is the only key of tokens; make another first with: carrel keys rotate")
        }
        try files.database.appendAudit([.ofCommand("keys.retire", target: id)])
        if arguments.has("--json") {
            Terminal.output(["retired": .string(id)])
        } else {
            Terminal.say("retired \(id)")
        }
    }
}

import Access
import Glibc
import JSON
import TenantStore

extension Command {
    static let connect = Command(
        "connect", "CLIENT", kind: .oneOf(AgentClient.allCases.map(\.rawValue)),
        summary: "Make a search-only key for an AI client and print what to put where",
        about: ["CLIENT is \(AgentClient.allCases.map(\.rawValue).joined(separator: ", "))."],
        examples: ["carrel connect claude-desktop", "carrel connect cursor --write"],
        options: [
            .data, .tenant,
            CommandOption("--user", "NAME", "whom the key stands for (default: your login name)"),
            CommandOption("--ttl", "TIME", "how long the key is good (default 90d)"),
            CommandOption("--url", "URL", "the server's address, for a client on another machine"),
            CommandOption(
                "--cacert", "FILE", "with --url: PEM certificate to trust, for a self-signed one", kind: .file),
            CommandOption("--plain-http", "with --url: send the key over plain HTTP to another machine"),
            CommandOption("--write", "merge it into the client's file, after showing the change"),
            CommandOption("--file", "FILE", "with --write: another file than the client's usual one", kind: .file),
            CommandOption("--yes", "with --write: do not ask"),
        ],
        run: runConnect)

    @Sendable private static func runConnect(_ arguments: CommandArguments) async throws {
        let word = try arguments.operands("CLIENT")[0]
        guard let client = AgentClient(rawValue: word) else {
            let known = AgentClient.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(message: "there is no client \(word); there are: \(known)")
        }
        if !arguments.has("--write") {
            for option in ["--file", "--yes"] where arguments[option] != nil || arguments.has(option) {
                throw UsageError(message: "option \(option) goes with --write")
            }
        }
        // Relative to where the user stands, and readable by them, before anything else changes.
        let file = try arguments.has("--write") ? clientFile(client, arguments) : nil
        let keys = try ClientKeys(arguments)
        let server = try bridge(arguments, keys: keys)
        if let file {
            try write(client, server, into: file, keys: keys, isAgreed: arguments.has("--yes"))
        } else {
            let key = try keys.create()
            Terminal.output(client.snippet(server, key: key.text))
            Terminal.say("\n" + client.advice)
            Terminal.say(key.explanation)
        }
    }

    private static func clientFile(_ client: AgentClient, _ arguments: CommandArguments) throws -> ClientFile {
        guard client.path != nil, let path = try arguments["--file"] ?? client.file() else {
            throw UsageError(
                message: "\(client.title) has no configuration file; write your own: "
                    + "carrel connect \(client.rawValue) > carrel_tools.py")
        }
        return try ClientFile(path)
    }

    /// `carrel stdio …` as the client will run it.
    private static func bridge(_ arguments: CommandArguments, keys: ClientKeys) throws -> BridgeCommand {
        guard let resolved = realpath("/proc/self/exe", nil) else {
            throw CommandFailure("the path of this program cannot be found out")
        }
        defer { free(resolved) }
        var server = BridgeCommand(command: String(cString: resolved), arguments: ["stdio"])
        guard let url = arguments["--url"] else {
            for option in ["--cacert", "--plain-http"] where arguments[option] != nil || arguments.has(option) {
                throw UsageError(message: "option \(option) goes with --url")
            }
            guard !keys.becameOwner else {
                throw CommandFailure(
                    "the data folder belongs to another user, whose socket the client could not open; "
                        + "name the server's address with --url")
            }
            server.arguments += ["--data", keys.folder]
            return server
        }
        let endpoint = try RelayEndpoint(
            url, authorities: arguments["--cacert"], allowsPlain: arguments.has("--plain-http"))
        server.arguments += ["--url", endpoint.url]
        if let file = endpoint.authorities, let resolved = realpath(file, nil) {
            server.arguments += ["--cacert", String(cString: resolved)]
            free(resolved)
        }
        if arguments.has("--plain-http") { server.arguments.append("--plain-http") }
        return server
    }

    // MARK: Merging

    private static func write(
        _ client: AgentClient, _ server: BridgeCommand, into file: ClientFile, keys: ClientKeys, isAgreed: Bool
    ) throws {
        let path = client.path ?? []
        let text: JSONText
        let shown: [UInt8]
        do throws(JSONText.Failure) {
            text = try JSONText(file.bytes ?? [])
            shown = try text.setting(path, to: client.entry(server, key: "crl_…"))
        } catch {
            throw CommandFailure(explain(error, file: file, client: client))
        }
        let old = text.value(at: path)
        let oldKey = old?["env"]?["CARREL_TOKEN"]?.stringValue
        Terminal.say(
            old == nil ? "\(file.path) gets the entry carrel:" : "\(file.path) has an entry carrel, which is replaced:")
        for line in LineDiff.lines(from: file.bytes ?? [], to: shown) {
            Terminal.say("  " + Terminal.harmless(oldKey.map { line.replacing($0, by: ClientKeys.masked($0)) } ?? line))
        }
        let isWanted = try isAgreed || confirm(file.path)
        guard isWanted else {
            Terminal.say("nothing was written")
            return
        }
        let key = try keys.create()
        do {
            let new = try text.setting(path, to: client.entry(server, key: key.text))
            let copy = try file.replace(with: new)
            Terminal.say("written: \(file.path)" + (copy.map { " (the old one is kept as \($0))" } ?? ""))
        } catch {
            keys.revokeIfOurs(key.text)
            throw error
        }
        if let oldKey, keys.revokeIfOurs(oldKey) { Terminal.say("revoked the old key \(ClientKeys.masked(oldKey))") }
        Terminal.say(key.explanation)
        Terminal.say("Restart \(client.title) to use it.")
    }

    private static func explain(_ failure: JSONText.Failure, file: ClientFile, client: AgentClient) -> String {
        let way = "nothing was changed; put it in by hand: carrel connect \(client.rawValue)"
        switch failure {
        case .damaged(let offset):
            return
                "\(file.path) is not plain JSON from byte \(offset) on (comments and trailing commas count too): \(way)"
        case .notAnObject(let path):
            let place = path.isEmpty ? "its top" : path.joined(separator: ".")
            return "\(file.path) should hold an object at \(place) and holds something else: \(way)"
        }
    }

    private static func confirm(_ path: String) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1, Terminal.isInteractive else {
            throw UsageError(message: "there is nobody to ask whether to write \(path): say --yes")
        }
        Terminal.write(STDERR_FILENO, "Write it? [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}

extension String {
    /// With every `part` replaced.
    fileprivate func replacing(_ part: String, by other: String) -> String {
        guard !part.isEmpty else { return self }
        return split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}

import Access
import CMalloc
import Glibc
import HTTPServer
import TenantStore

/// `carrel` on the command line: words in, an exit code out.
///
/// Data goes to standard output, talk and progress to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part,
/// 130 interrupted.
public enum CommandLineTool {
    /// This release.
    public static let version = SearchAppliance.version

    static let commands: [Command] = [
        [.serve, .demo], Command.tenantCommands, Command.tokenCommands, [.importDocuments, .sync, .search, .eval],
        Command.modelCommands, [.version],
    ].flatMap { $0 }

    /// Runs the command that `words` (without the program's own name) ask for.
    public static func run(_ words: [String]) async -> Int32 {
        carrel_tune_allocator()
        signal(SIGPIPE, SIG_IGN)
        guard let (command, rest) = find(words) else {
            return general(words)
        }
        if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
            Terminal.output(command.help)
            return 0
        }
        do {
            try await command.run(CommandArguments(rest, options: command.options))
            return 0
        } catch let error as UsageError {
            Terminal.say("carrel \(command.name): \(error.message)\nsee: carrel \(command.name) --help")
            return 2
        } catch let exit as CommandExit {
            return exit.code
        } catch {
            Terminal.say("carrel \(command.name): \(message(for: error))")
            return 1
        }
    }

    private static func find(_ words: [String]) -> (Command, [String])? {
        for count in [2, 1] where words.count >= count {
            let name = words.prefix(count).joined(separator: " ")
            if let command = commands.first(where: { $0.name == name }) {
                return (command, Array(words.dropFirst(count)))
            }
        }
        return nil
    }

    /// Help, version, or what is wrong with the first word.
    private static func general(_ words: [String]) -> Int32 {
        switch words.first {
        case nil, "--help"?, "-h"?, "help"?:
            Terminal.output(overview)
            return 0
        case "--version"?:
            Terminal.output("carrel \(version)")
            return 0
        case let word?:
            let group = commands.filter { $0.name.hasPrefix(word + " ") }
            guard group.isEmpty else {
                Terminal.say("carrel \(word): say what: " + group.map(\.name).joined(separator: " | "))
                return 2
            }
            Terminal.say("carrel: there is no command \(word)\nsee: carrel --help")
            return 2
        }
    }

    private static var overview: String {
        var lines = [
            "Carrel: a search appliance for agents and people, on one box.", "", "usage: carrel COMMAND [options]", "",
        ]
        for command in commands {
            let left = "  \(command.name) \(command.operands)"
            lines.append(left + String(repeating: " ", count: max(2, 34 - left.count)) + command.summary)
        }
        lines += ["", "carrel COMMAND --help shows a command's options."]
        return lines.joined(separator: "\n")
    }

    /// An error as a user reads it.
    static func message(for error: any Error) -> String {
        switch error {
        case let failure as CommandFailure: failure.message
        case let error as HTTPServerError: "\(error)"
        case let error as HTTPClient.Unreachable: "the server cannot be reached: \(error.reason)"
        // Whoever runs a command on the folder is its owner and may know what the log would say.
        default: Problem(error).fault ?? Problem(error).detail
        }
    }
}

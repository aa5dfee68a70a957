/// The completion script of fish: one `complete` line for each word, each with the command it belongs to.
struct FishCompletion {
    let commands: [Command]

    var script: String {
        var lines = [
            """
            # fish completion of carrel, made by: carrel completions fish

            # Whether the words typed so far begin with the command given, and nothing of its name is missing.
            function __carrel_is
                set -l typed (commandline -opc)[2..]
                set -l wanted (string split ' ' -- $argv[1])
                test (count $typed) -ge (count $wanted); and test "$typed[1..$(count $wanted)]" = "$wanted"
            end

            # Whether exactly these words were typed.
            function __carrel_at
                set -l typed (commandline -opc)[2..]
                test "$typed" = "$argv[1]"
            end

            # Names that the data folder knows: tenants or collections.
            function __carrel_names
                set -l typed (commandline -opc)
                set -l passed
                for name in --data --tenant
                    if set -l place (contains -i -- $name $typed)
                        set -a passed $name=$typed[(math $place + 1)]
                    end
                end
                $typed[1] completions $argv[1] $passed (string match -r -- '^--(?:data|tenant)=.*' $typed) 2>/dev/null
            end

            complete -c carrel -f
            """
        ]
        for word in CommandTree.firstWords(commands) {
            lines.append("complete -c carrel -n '__carrel_at \"\"' -a \(word) -d \(quoted(summary(word)))")
        }
        for group in CommandTree.groups(commands) {
            for command in group.commands {
                lines.append(
                    "complete -c carrel -n '__carrel_at \(group.word)' -a \(CommandTree.lastWord(command)) "
                        + "-d \(quoted(command.summary))")
            }
        }
        for command in commands {
            let condition = "complete -c carrel -n '__carrel_is \"\(command.name)\"'"
            if let words = offer(command.operandKind) { lines.append("\(condition) \(words)") }
            for option in command.options {
                let name =
                    option.name.hasPrefix("--") ? "-l \(option.name.dropFirst(2))" : "-s \(option.name.dropFirst())"
                let value = option.value == nil ? "" : option.kind == .file ? " -rF" : " -x"
                let words = option.kind == .file ? "" : offer(option.kind).map { " " + $0 } ?? ""
                lines.append("\(condition) \(name)\(value)\(words) -d \(quoted(option.help))")
            }
        }
        return lines.joined(separator: "\n")
    }

    private func summary(_ word: String) -> String { CommandTree.summary(word, commands) }

    private func offer(_ kind: WordKind) -> String? {
        switch kind {
        case .text: nil
        case .file: "-F"
        case .folder: "-a '(__fish_complete_directories)'"
        case .tenant: "-a '(__carrel_names tenants)'"
        case .collection: "-a '(__carrel_names collections)'"
        case .oneOf(let words): "-a '\(words.joined(separator: " "))'"
        }
    }

    private func quoted(_ text: String) -> String {
        "'" + text.reduce(into: "") { $0 += "'\\".contains($1) ? "\\\($1)" : "\($1)" } + "'"
    }
}

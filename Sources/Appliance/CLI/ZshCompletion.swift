/// The completion script of zsh: what its `_arguments` reads, command by command.
struct ZshCompletion {
    let commands: [Command]

    var script: String {
        """
        #compdef carrel
        # zsh completion of carrel, made by: carrel completions zsh

        # Names that the data folder knows: tenants or collections.
        _carrel_names() {
            local -a names
            names=(${(f)"$(${carrel_program} completions $1 ${opt_args[--data]:+--data=${(Q)opt_args[--data]}} \\
                ${opt_args[--tenant]:+--tenant=${(Q)opt_args[--tenant]}} 2>/dev/null)"})
            compadd -a names
        }

        _carrel() {
            local carrel_program=$words[1]
            local -a found
            local -A opt_args
            if ((CURRENT == 2)); then
        \(described(CommandTree.firstWords(commands).map { ($0, CommandTree.summary($0, commands)) }, indent: 8))
                return
            fi
            case $words[2] in
        \(CommandTree.groups(commands).map(group).joined(separator: "\n"))
        \(commands.filter { !$0.name.contains(" ") }.map { entry($0, words: 1, indent: 8) }.joined(separator: "\n"))
            esac
        }

        if [[ $funcstack[1] == _carrel ]]; then _carrel "$@"; else compdef _carrel carrel; fi
        """
    }

    private func group(_ group: (word: String, commands: [Command])) -> String {
        """
                \(group.word))
                    if ((CURRENT == 3)); then
        \(described(group.commands.map { (CommandTree.lastWord($0), $0.summary) }, indent: 16))
                        return
                    fi
                    case $words[3] in
        \(group.commands.map { entry($0, words: 2, indent: 16) }.joined(separator: "\n"))
                    esac
                    ;;
        """
    }

    private func described(_ rows: [(String, String)], indent: Int) -> String {
        let space = String(repeating: " ", count: indent)
        let words = rows.map { space + "    " + quoted("\($0.0):\($0.1)") }
        return ([space + "found=("] + words + [space + ")", space + "_describe command found"]).joined(separator: "\n")
    }

    /// One command; `words` of the line are its name.
    private func entry(_ command: Command, words: Int, indent: Int) -> String {
        let space = String(repeating: " ", count: indent)
        var lines = [
            "\(CommandTree.lastWord(command)))", "    shift \(words) words", "    ((CURRENT -= \(words)))",
            "    _arguments \\",
        ]
        for option in command.options {
            lines.append("        \(quoted(specification(option))) \\")
        }
        let operand = command.operands.isEmpty ? " " : command.operands
        lines += ["        \(quoted("*:\(harmless(operand)):\(action(command.operandKind))"))", "    ;;"]
        return lines.map { space + $0 }.joined(separator: "\n")
    }

    private func specification(_ option: CommandOption) -> String {
        guard let value = option.value else { return "\(option.name)[\(harmless(option.help))]" }
        let sign = option.name.hasPrefix("--") ? "=" : ""
        return "\(option.name)\(sign)[\(harmless(option.help))]:\(harmless(value)):\(action(option.kind))"
    }

    private func action(_ kind: WordKind) -> String {
        switch kind {
        case .text: " "
        case .file: "_files"
        case .folder: "_files -/"
        case .tenant: "_carrel_names tenants"
        case .collection: "_carrel_names collections"
        case .oneOf(let words): "(\(words.joined(separator: " ")))"
        }
    }

    /// Without a meaning to `_arguments`.
    private func harmless(_ text: String) -> String {
        text.reduce(into: "") { $0 += ":[]\\".contains($1) ? "\\\($1)" : "\($1)" }
    }

    private func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

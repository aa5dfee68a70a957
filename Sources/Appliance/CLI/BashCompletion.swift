/// The completion script of bash, which needs nothing but bash.
struct BashCompletion {
    let commands: [Command]

    /// Tables of what each command takes, as shell functions, then one function that looks things up in them.
    var script: String {
        """
        # bash completion of carrel, made by: carrel completions bash

        # The words that may follow the words given.
        __carrel_words() {
            case $1 in
        \(cases(nextWords))
            esac
        }

        # The options of a command.
        __carrel_options() {
            case $1 in
        \(cases(commands.map { ($0.name, $0.options.map(\.name).joined(separator: " ")) }))
            esac
        }

        # What a value can be: of an option of a command, or of the command's own words.
        __carrel_kind() {
            case $1 in
        \(cases(kinds))
            esac
        }

        # The value behind the option at a place of the line.
        __carrel_value() {
            local value=${COMP_WORDS[$1+1]-}
            [[ $value == = ]] && value=${COMP_WORDS[$1+2]-}
            echo "$value"
        }

        _carrel() {
            local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]-}
            local command=${COMP_WORDS[1]-} first=2 place kind folder=() tenant=() only_operands=
            COMPREPLY=()
            # bash takes --name=value apart at its sign.
            if [[ $current == = ]]; then
                current=
            elif [[ $last == = ]]; then
                last=${COMP_WORDS[COMP_CWORD-2]-}
            fi
            if [[ -n $command && -n $(__carrel_words "$command") ]]; then
                command+=" ${COMP_WORDS[2]-}" first=3
            fi
            if ((COMP_CWORD < first)); then
                place=
                ((COMP_CWORD > 1)) && place=${COMP_WORDS[1]}
                COMPREPLY=($(compgen -W "$(__carrel_words "$place")" -- "$current"))
                return
            fi
            for ((place = first; place < COMP_CWORD; place++)); do
                case ${COMP_WORDS[place]} in
                    --) only_operands=yes ;;
                    --data) folder=(--data "$(__carrel_value "$place")") ;;
                    --tenant) tenant=(--tenant "$(__carrel_value "$place")") ;;
                esac
            done
            if [[ -z $only_operands && $last == -* && -n $(__carrel_kind "$command $last") ]]; then
                kind=$(__carrel_kind "$command $last")
            elif [[ -z $only_operands && $current == -* ]]; then
                COMPREPLY=($(compgen -W "$(__carrel_options "$command")" -- "$current"))
                return
            else
                kind=$(__carrel_kind "$command")
            fi
            case $kind in
                file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
                tenants | collections)
                    COMPREPLY=($(compgen -W "$("$program" completions "$kind" "${folder[@]}" "${tenant[@]}" 2>/dev/null)" -- "$current"))
                    ;;
                one\\ of\\ *) COMPREPLY=($(compgen -W "${kind#one of }" -- "$current")) ;;
            esac
        }

        complete -F _carrel carrel
        """
    }

    /// What may follow nothing, and what may follow the first word of a command of two.
    private var nextWords: [(String, String)] {
        CommandTree.groups(commands).reduce(into: [("", CommandTree.firstWords(commands).joined(separator: " "))]) {
            $0.append(($1.word, $1.commands.map(CommandTree.lastWord).joined(separator: " ")))
        }
    }

    private var kinds: [(String, String)] {
        commands.flatMap { command in
            [(command.name, name(command.operandKind))]
                + command.options.filter { $0.value != nil }.map { ("\(command.name) \($0.name)", name($0.kind)) }
        }.filter { !$0.1.isEmpty }
    }

    /// An option whose value nothing can be offered for is named all the same, so that its place is known.
    private func name(_ kind: WordKind) -> String {
        switch kind {
        case .text: "text"
        case .file: "file"
        case .folder: "folder"
        case .tenant: "tenants"
        case .collection: "collections"
        case .oneOf(let words): "one of " + words.joined(separator: " ")
        }
    }

    private func cases(_ rows: [(String, String)]) -> String {
        rows.map { "        '\($0.0)') echo '\($0.1)' ;;" }.joined(separator: "\n")
    }
}

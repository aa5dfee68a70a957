import Appliance
import Testing

@Suite struct CommandArgumentsTests {
    private let options = [
        CommandOption("--tenant", "NAME", "whose"), CommandOption("--limit", "N", "how many"),
        CommandOption("--json", nil, "as JSON"),
        CommandOption("--mode", "MODE", "how", kind: .oneOf(["words", "meaning"])),
    ]

    private func parse(_ line: String) throws(UsageError) -> CommandArguments {
        try CommandArguments(line.split(separator: " ").map(String.init), options: options)
    }

    @Test func `options may stand anywhere before a double dash`() throws {
        let arguments = try parse("first --tenant acme second --json --limit=5 - -- --tenant")
        #expect(arguments.operands == ["first", "second", "-", "--tenant"])
        #expect(arguments["--tenant"] == "acme" && arguments["--limit"] == "5")
        #expect(arguments.has("--json") && !arguments.has("--tenant"))
        #expect(try arguments.integer("--limit", in: 1...10) == 5)
        #expect(try parse("--tenant=a=b")["--tenant"] == "a=b")
        #expect(try parse("--tenant=")["--tenant"] == "")
    }

    @Test(arguments: [
        "--unknown", "-x", "--tenant", "--tenant a --tenant b", "--json=yes", "-5", "--mode both", "--mode=",
    ])
    func `what cannot be understood is a usage error`(line: String) {
        #expect(throws: UsageError.self) { try parse(line) }
    }

    @Test func `a word that is meant is named`() throws {
        #expect(try parse("--mode words")["--mode"] == "words")
        let misspelt = #expect(throws: UsageError.self) { try parse("--mdoe words") }
        #expect(misspelt?.message.contains("did you mean --mode?") == true)
        let strange = #expect(throws: UsageError.self) { try parse("--nothing-like-it") }
        #expect(strange?.message.contains("did you mean") == false)
        let wrong = #expect(throws: UsageError.self) { try parse("--mode both") }
        #expect(wrong?.message.contains("words or meaning") == true)
    }

    @Test func `values are checked where they are used`() throws {
        let arguments = try parse("a b --limit 11 --tenant acme")
        #expect(throws: UsageError.self) { try arguments.integer("--limit", in: 1...10) }
        #expect(throws: UsageError.self) { try arguments.integer("--tenant", in: 1...10) }
        #expect(throws: UsageError.self) { try parse("a").required("--tenant") }
        #expect(try arguments.operands("ONE", "TWO") == ["a", "b"])
        #expect(throws: UsageError.self) { try arguments.operands("ONE") }
    }
}

import BM25
import IndexCore
import TestKit
import Testing

/// Trees as expressions over the words of an index.
@Suite struct QueryCompilerTests {
    private static let texts = [
        "machine learning finds patterns in data", "machines learn from a machine", "a draft of machine words",
        "patters of rain", "patters of feet", "carrels and carousels", "the wi-fi code ERR4012",
    ]

    private static func snapshot(_ texts: [String] = texts) -> BM25Snapshot {
        var index = BM25Index()
        for (id, text) in texts.enumerated() {
            var builder = BM25SegmentBuilder()
            let id = PassageID(UInt32(id))
            builder.add(id, document: id, title: "", text: text)
            index.append(builder.build())
        }
        return index.snapshot
    }

    private static func compile(_ text: String, typos: Bool = true) throws -> CompiledQuery {
        try snapshot().compile(QueryParser.parse(text).tree, allowsTypos: typos)
    }

    private static func synonym(_ terms: [(String, Float)]) -> BM25Expression {
        .synonym(terms.map { WeightedTerm(BM25Term($0.0), weight: $0.1) })
    }

    static let golden: [(text: String, expression: BM25Expression)] = [
        ("", .nothing),
        ("!!! ???", .nothing),
        ("machine", .term("machin")),
        ("Machines, machine learning", .boolean(should: [.term("machin"), .term("learn")])),
        ("+machine machine draft", .boolean(must: [.term("machin")], should: [.term("draft")])),
        ("-draft", .boolean(must: [.everything], mustNot: [.term("draft")])),
        ("machine -(!!!)", .boolean(should: [.term("machin")])),
        ("+!!! machine", .boolean(should: [.term("machin")])),
        ("\"machine learning\"~2", .phrase(.combined, ["machin", "learn"], slop: 2)),
        ("\"machine\"", .term("machin")),
        ("wi-fi code", .boolean(should: [.term("wi"), .term("fi"), .term("code")])),
        ("+wi-fi", .boolean(must: [.phrase(.combined, ["wi", "fi"])])),
        ("title:machine^2", .boost(.term(BM25Term("machin", field: .title)), 2)),
        (
            "(machine draft code)~2",
            .boolean(should: [.term("machin"), .term("draft"), .term("code")], minimumShouldMatch: 2)
        ),
        (
            "(machine draft)^3 code",
            .boolean(should: [.boost(.boolean(should: [.term("machin"), .term("draft")]), 3), .term("code")])
        ),
        // The commonest first, then by their bytes; each term once.
        ("mach*", synonym([("machin", 1)])),
        ("ca*", synonym([("carousel", 1), ("carrel", 1)])),
        ("zzz*", .nothing),
        // The nearest first, then the commonest.
        ("pattern~", synonym([("patter", 1 - 1 / 7), ("pattern", 1 - 1 / 7)])),
        ("machien~1", synonym([("machin", 1 - 1 / 7)])),
        ("zzzzzz~", .nothing),
        // A word that does not occur.
        ("machien", synonym([("machin", 1 - 1 / 7)])),
        ("\"machien\"", .term("machien")),
        ("-machien draft", .boolean(should: [.term("draft")], mustNot: [.term("machien")])),
        ("ERR4013", .term("err4013")),
        ("fii", .term("fii")),
    ]

    @Test(arguments: golden)
    func becomes(_ text: String, _ expression: BM25Expression) throws {
        #expect(try Self.compile(text).expression == expression)
    }

    @Test func `plain words ask for the terms of a question`() throws {
        let snapshot = Self.snapshot()
        for text in ["machine learning machine data", "draft", "no such words as these", "Rain of rain"] {
            let compiled = try snapshot.compile(.words(text, field: .combined), allowsTypos: false)
            let query = snapshot.analyze(text)
            #expect(compiled.terms == query)
            let expected: BM25Expression =
                query.terms.count > 1 ? BM25Expression(query) : .term(BM25Term(query.terms.first ?? ""))
            #expect(compiled.expression == expected)
        }
    }

    @Test func `a mistake is corrected where it stands and told`() throws {
        let compiled = try Self.compile("+(\"machine x\" Machien)^2 -machien lerning patterns")
        #expect(
            compiled.correction?.description == "+(\"machine x\" machine)^2 learning patterns -machien")
        #expect(compiled.notes == [.replaced("machien", by: ["machine"]), .replaced("lerning", by: ["learning"])])
        #expect(compiled.terms.terms == ["machin", "x", "learn", "pattern"])
        let off = try Self.compile("machien", typos: false)
        #expect(off.expression == .term("machien") && off.correction == nil && off.notes.isEmpty)
    }

    @Test func `phrases are marked as a whole and their words nowhere else`() throws {
        typealias Step = Highlighter.Phrase.Step
        let text =
            "Patterns first: machine data, then learning. MACHINE LEARNING; machines that learn, a draft of rain. Data learned"
        func marked(_ question: String) throws -> [String] {
            let snapshot = Self.snapshot()
            let compiled = try snapshot.compile(QueryParser.parse(question).tree)
            let highlighter = Highlighter(
                query: compiled.terms, phrases: compiled.phrases, phraseTerms: compiled.phraseTerms)
            let scalars = Array(text.unicodeScalars)
            return highlighter.ranges(in: text, limit: 20).map { String(String.UnicodeScalarView(scalars[$0])) }
        }
        #expect(try marked("\"machine learning\"") == ["MACHINE LEARNING"])
        #expect(try marked("\"machine learning\"~1") == ["MACHINE LEARNING", "machines that learn"])
        // A word that is looked for by itself as well is marked wherever it stands.
        #expect(try marked("+\"machine learning\" data") == ["data", "MACHINE LEARNING", "Data"])
        #expect(try marked("machine (\"machine learning\")^2") == ["machine", "MACHINE LEARNING", "machines"])
        // What is excluded is not marked, nor does it keep what is looked for from being marked.
        #expect(try marked("pattern -\"machine learning\"") == ["Patterns"])
        #expect(try marked("learning -\"machine learning\"") == ["learning", "LEARNING", "learn", "learned"])
        let compiled = try Self.compile("\"a draft\" -\"of rain\" \"a draft\" machine")
        #expect(
            compiled.phrases == [
                Highlighter.Phrase(steps: [Step(terms: ["a"], position: 0), Step(terms: ["draft"], position: 1)])
            ])
        #expect(compiled.phraseTerms == ["a", "draft"])
        #expect(try Self.compile("machine patterns").phrases.isEmpty)
    }

    @Test func `what another collection knows is no mistake`() throws {
        let tree = QueryTree.words("machien", field: .combined)
        let other = Self.snapshot(["a machien of its own"])
        #expect(try Self.snapshot().compile(tree, others: [other]).correction == nil)
        #expect(try Self.snapshot().compile(tree, others: [Self.snapshot(["x"])]).correction != nil)
    }

    @Test func `words looked up by their spelling are bounded and told`() throws {
        let snapshot = Self.snapshot([
            (0..<100).map { "prefix\(String(repeating: "x", count: $0))" }.joined(separator: " ")
        ])
        let cut = try snapshot.compile(.prefix("prefix", field: .combined))
        guard case .synonym(let terms) = cut.expression else {
            Issue.record("\(cut.expression)")
            return
        }
        #expect(terms.count == 64)
        #expect(cut.notes == [.cutExpansion("prefix*", 64)])
        let many = try snapshot.compile(QueryParser.parse((0..<40).map { "p\($0)*" }.joined(separator: " ")).tree)
        #expect(many.notes.count == 24)
        #expect(many.notes.allSatisfy { if case .notExpanded = $0 { true } else { false } })
        let long = try snapshot.compile(
            .words((0..<3_000).map { "w\($0)" }.joined(separator: " "), field: .combined))
        #expect(long.terms.terms.count == QueryTree.Limits.termCount)
        #expect(long.notes == [.tooManyTerms])
    }

    @Test func `the deepest text is within the limits of a search`() throws {
        let text = String(repeating: "y x AND (z +(", count: 50) + "a" + String(repeating: ")^2)^2", count: 50)
        let compiled = try Self.snapshot().compile(QueryParser.parse(text).tree)
        #expect(try Self.snapshot().search(compiled.expression, k: 1, live: IDSet()).hits.isEmpty)
    }

    @Test func `the last word of a text is completed`() throws {
        let snapshot = Self.snapshot()
        let found = try snapshot.completions(of: "Of Mach", limit: 5)
        #expect(found.start == 3)
        #expect(
            found.list == [
                QueryCompletion(word: "machine", passageCount: 3), QueryCompletion(word: "machines", passageCount: 1),
            ])
        #expect(try snapshot.completions(of: "mach ", limit: 5).list.isEmpty)
        #expect(try snapshot.completions(of: "", limit: 5).list.isEmpty)
        #expect(try snapshot.completions(of: "wi-f", limit: 1).start == 3)
    }
}

import BM25
import TestKit
import Testing

/// Query text to tree and back: the meaning of each operator, and that nothing is refused.
@Suite struct QueryParserTests {
    private static func words(_ text: String) -> QueryTree { .words(text, field: .combined) }
    private static func term(_ text: String) -> QueryTree { .term(text, field: .combined) }
    private static func phrase(_ text: String, slop: Int = 0) -> QueryTree {
        .phrase(text, slop: slop, field: .combined)
    }
    private static func group(
        must: [QueryTree] = [], should: [QueryTree] = [], not: [QueryTree] = [], minimum: Int = 0
    ) -> QueryTree {
        .group(QueryGroup(must: must, should: should, mustNot: not, minimumShouldMatch: minimum))
    }

    /// What a text means, without a warning.
    static let golden: [(text: String, tree: QueryTree)] = [
        ("", .nothing),
        (" \t\n", .nothing),
        ("how do we keep invoices?", words("how do we keep invoices?")),
        ("  machine \n learning ", words("machine learning")),
        ("\"machine learning\"", phrase("machine learning")),
        ("\u{201C}machine  learning\u{201D}~3", phrase("machine learning", slop: 3)),
        ("\"a \\\"b\\\" \\\\c \\d\"", phrase("a \"b\" \\c \\d")),
        ("+keep -draft other words", group(must: [term("keep")], should: [words("other words")], not: [term("draft")])),
        ("a +b c", group(must: [term("b")], should: [words("a c")])),
        ("a AND b", group(must: [term("a"), term("b")])),
        ("a AND b AND NOT c", group(must: [term("a"), term("b")], not: [term("c")])),
        ("a OR b", words("a b")),
        ("a b AND c d", group(should: [words("a"), group(must: [term("b"), term("c")]), words("d")])),
        ("a OR b AND c", group(should: [words("a"), group(must: [term("b"), term("c")])])),
        ("(a OR b) AND c", group(must: [words("a b"), term("c")])),
        ("foo NOT bar", group(should: [words("foo")], not: [term("bar")])),
        ("foo OR NOT bar", group(should: [words("foo")], not: [term("bar")])),
        ("NOT a AND NOT b", group(not: [term("a"), term("b")])),
        ("foo (-a -b)", group(should: [words("foo")], not: [term("a"), term("b")])),
        ("(a -b) c", group(should: [group(should: [words("a")], not: [term("b")]), words("c")])),
        ("-(a b)", group(not: [words("a b")])),
        ("-a", group(not: [term("a")])),
        ("NOT -a", group(must: [term("a")])),
        ("(a (b (c)))", words("a b c")),
        ("(a \"b c\") d", group(should: [words("a"), phrase("b c"), words("d")])),
        ("title:carrel", .term("carrel", field: .title)),
        ("Title:\"two words\"~2", .phrase("two words", slop: 2, field: .title)),
        ("title:(a b \"c d\")", group(should: [.words("a b", field: .title), .phrase("c d", slop: 0, field: .title)])),
        ("-title:draft", group(not: [.term("draft", field: .title)])),
        ("mach*", .prefix("mach", field: .combined)),
        ("title:mach*^2", .boosted(.prefix("mach", field: .title), 2)),
        ("machien~", .fuzzy("machien", distance: nil, field: .combined)),
        ("machien~1", .fuzzy("machien", distance: 1, field: .combined)),
        ("machien~2^0.5", .boosted(.fuzzy("machien", distance: 2, field: .combined), 0.5)),
        ("exact~0", term("exact")),
        ("a^2.5 b", group(should: [.boosted(term("a"), 2.5), words("b")])),
        ("(a b)^3", .boosted(words("a b"), 3)),
        ("((a b)^3)^2", .boosted(words("a b"), 6)),
        ("((a b)^900)^2", .boosted(words("a b"), 1_000)),
        ("(a b c)~2", group(should: [words("a b c")], minimum: 2)),
        (
            "x (a b +c)~1^2",
            group(should: [words("x"), .boosted(group(must: [term("c")], should: [words("a b")], minimum: 1), 2)])
        ),
        ("*", .everything),
        ("* -draft", group(should: [.everything], not: [term("draft")])),
        ("a * b", words("a b")),
        // What people write without meaning an operator.
        ("a - b", words("a - b")),
        ("git push --force", words("git push --force")),
        ("C++ and C#", words("C++ and C#")),
        ("5\" disk f(x) printf(\"%d\")", words("5\" disk f(x) printf(\"%d\")")),
        (
            "http://example.org/a:b std::vector 12:30 C:\\temp\\x",
            words("http://example.org/a:b std::vector 12:30 C:\\temp\\x")
        ),
        ("Re: invoice", words("Re: invoice")),
        ("and or not And", words("and or not And")),
        ("a) first", words("a) first")),
        ("v1.2.3 3.14 2^", words("v1.2.3 3.14 2")),
        // Escapes take a meaning away.
        ("\\-a \\+b c\\* d\\~1 e\\^2 \\\"f\\\" title\\:g", words("-a +b c* d~1 e^2 \"f\" title:g")),
        ("a \\AND b", words("a AND b")),
        ("+a\\ b", group(must: [term("a b")])),
    ]

    @Test(arguments: golden)
    func means(_ text: String, _ tree: QueryTree) {
        let result = QueryParser.parse(text)
        #expect(result.tree == tree)
        #expect(QueryParser.parse(tree.description).tree == tree)
        if !text.hasSuffix("2^") { #expect(result.warnings.isEmpty) }
    }

    /// What is not understood, where, and what it is taken as.
    static let warned: [(text: String, warnings: [QueryWarning], tree: QueryTree)] = [
        ("the \"open end", [QueryWarning(.unclosed("\""), at: 4)], words("the open end")),
        ("a (b c", [QueryWarning(.unclosed("("), at: 2)], words("a b c")),
        ("a )b", [QueryWarning(.unopened, at: 2)], words("a b")),
        ("AND a", [QueryWarning(.danglingKeyword("AND"), at: 0)], words("AND a")),
        ("a OR", [QueryWarning(.danglingKeyword("OR"), at: 2)], words("a OR")),
        ("a AND OR b", [QueryWarning(.danglingKeyword("AND"), at: 2)], words("a AND b")),
        ("(a NOT)", [QueryWarning(.danglingKeyword("NOT"), at: 3)], words("a NOT")),
        ("author:smith x", [QueryWarning(.unknownField("author"), at: 0)], words("author:smith x")),
        ("w*rd", [QueryWarning(.wildcardInside("w*rd"), at: 0)], words("w*rd")),
        (
            "word~3", [QueryWarning(.outOfRange("~3", taken: "~2"), at: 4)],
            .fuzzy("word", distance: 2, field: .combined)
        ),
        (
            "word~0.8", [QueryWarning(.outOfRange("~0.8", taken: "~"), at: 4)],
            .fuzzy("word", distance: nil, field: .combined)
        ),
        ("a^9999", [QueryWarning(.outOfRange("^9999", taken: "^1000"), at: 1)], .boosted(term("a"), 1_000)),
        ("a^ b", [QueryWarning(.unknownModifier("^"), at: 1)], words("a b")),
        ("a*~1", [QueryWarning(.unknownModifier("*~1"), at: 1)], .prefix("a", field: .combined)),
        ("\"a b\"*", [QueryWarning(.unknownModifier("*"), at: 5)], phrase("a b")),
        ("(a b)~", [QueryWarning(.unknownModifier("~"), at: 5)], words("a b")),
        ("\u{1F600} (x", [QueryWarning(.unclosed("("), at: 2)], words("\u{1F600} x")),
    ]

    @Test(arguments: warned)
    func takesAsWords(_ text: String, _ warnings: [QueryWarning], _ tree: QueryTree) {
        let result = QueryParser.parse(text)
        #expect(result.tree == tree)
        #expect(result.warnings == warnings)
        for warning in warnings {
            #expect(warning.description.contains("character \(warning.position)"))
        }
    }

    @Test func `the plain text leaves operators and exclusions out and keeps the order`() {
        let result = QueryParser.parse("first +second -third \"fourth fifth\"~2 (six* -(seven +eight))^2 NOT (-nine)")
        #expect(result.plainText == "first second fourth fifth six")
        #expect(QueryParser.parse("a AND b").plainText == "a b")
        let tree = QueryTree.group(
            QueryGroup(must: [Self.term("m")], should: [.boosted(Self.words("s t"), 2)], mustNot: [Self.term("n")]))
        #expect(tree.plainText == "m s t")
    }

    /// Pieces that touch each rule and each of its edges.
    private static let pieces = [
        "a", "bc", "word", "é", "東京", "\u{1F600}", "AND", "OR", "NOT", "and", " ", " ", " ", " ", "\t", "\n", "(", ")",
        "\"",
        "\u{201C}", "+", "-", "*", "~", "~1", "~2", "~9", "^", "^2", "^0.5", "^1e9", "title:", "x:", ":", "\\", "\\\\",
        "\\ ",
        "\\\"", ".", "1", "\u{0}", "\u{301}", "\u{A0}",
    ]

    @Test(arguments: 0..<20)
    func `any text is a query, and its tree as text means the same`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<250 {
            let text = (0..<Int.random(in: 0...24, using: &random))
                .map { _ in Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)] }.joined()
            let result = QueryParser.parse(text)
            let again = QueryParser.parse(result.tree.description)
            #expect(again.tree == result.tree, "\(text) -> \(result.tree.description)")
            #expect(again.tree.description == result.tree.description, "\(text)")
            #expect(again.warnings.isEmpty, "\(text) -> \(result.tree.description): \(again.warnings)")
            #expect(result.warnings.allSatisfy { (0...text.unicodeScalars.count).contains($0.position) })
        }
    }

    @Test(arguments: 0..<8)
    func `random scalars are queries, too`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<250 {
            var text = ""
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                let limit: UInt32 = Bool.random(using: &random) ? 0x7F : 0x11_FFFF
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            let result = QueryParser.parse(text)
            #expect(QueryParser.parse(result.tree.description).tree == result.tree, "\(Array(text.unicodeScalars))")
        }
    }

    @Test func `depth, parts and warnings are bounded`() {
        let deep = QueryParser.parse(String(repeating: "(", count: 5_000) + "a" + String(repeating: ")", count: 5_000))
        #expect(deep.tree == Self.words("a"))
        #expect(deep.warnings.count == QueryTree.Limits.warningCount)
        #expect(deep.warnings.last?.reason == .more(5_000 - QueryTree.Limits.depth - QueryTree.Limits.warningCount + 1))
        let nested = QueryParser.parse(String(repeating: "+(a ", count: 100) + String(repeating: ")", count: 100))
        #expect(nested.tree.depth <= QueryTree.Limits.depth + 1)
        let wide = QueryParser.parse((0..<5_000).map { "+w\($0)" }.joined(separator: " "))
        guard case .group(let group) = wide.tree else { return #expect(Bool(false), "no group") }
        #expect(group.must.count == QueryTree.Limits.termCount)
        #expect(wide.warnings.map(\.reason) == [.tooManyOperators])
        let plain = (0..<20_000).map { "w\($0)" }.joined(separator: " ")
        #expect(QueryParser.parse(plain).tree == Self.words(plain))
    }
}

extension QueryTree {
    /// Groups and boosts above the deepest leaf.
    fileprivate var depth: Int {
        switch self {
        case .group(let group): 1 + ((group.must + group.should + group.mustNot).map(\.depth).max() ?? 0)
        case .boosted(let tree, _): 1 + tree.depth
        default: 0
        }
    }
}

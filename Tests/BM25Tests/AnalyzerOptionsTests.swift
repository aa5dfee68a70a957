import BM25
import TestKit
import Testing

@Suite("Analyzer options")
struct AnalyzerOptionsTests {
    /// Tokens as `term@position`, those of one position together.
    private func shown(_ text: String, _ options: AnalyzerOptions, asQuery: Bool = false) -> String {
        options.tokens(of: text, asQuery: asQuery).map { "\($0.term)@\($0.position)" }.joined(separator: " ")
    }

    // MARK: Stop words

    @Test("stop words leave holes, in the language chosen")
    func stopWords() {
        var options = AnalyzerOptions()
        #expect(shown("The owl and the cat", options) == "the@0 owl@1 and@2 the@3 cat@4")
        options.stopWords = .language
        #expect(shown("The owl and the cat", options) == "owl@1 cat@4")
        options.stopWords = .words(["OWL", "café"])
        #expect(shown("The owl at the cafe", options) == "the@0 at@2 the@3")
        options = AnalyzerOptions(stemmer: .german)
        options.stopWords = .language
        #expect(shown("Die Häuser für den König", options) == "haus@1 konig@4")
        options = AnalyzerOptions(stemmer: .russian)
        options.stopWords = .language
        #expect(shown("Её новый дом", options) == "нов@1 дом@2")
        options = AnalyzerOptions(stemmer: .swedish)
        options.stopWords = .language
        #expect(shown("och", options) == "och@0")
    }

    @Test("every list has its words once, and only in its own languages")
    func stopWordLists() {
        let with = AnalyzerOptions.Stemmer.allCases.filter { !StopWordList.words($0).isEmpty }
        #expect(
            Set(with) == [
                .english, .porter, .german, .french, .spanish, .portuguese, .italian, .dutch, .russian, .turkish,
                .arabic,
            ])
        for language in with {
            let words = StopWordList.words(language)
            #expect(Set(words).count == words.count, "\(language)")
            #expect(words.count < 200)
            var options = AnalyzerOptions(stemmer: language)
            options.stopWords = .language
            #expect(options.tokens(of: words.joined(separator: " ")).isEmpty, "\(language)")
        }
    }

    // MARK: CJK

    @Test(
        "ideographs in pairs, as Lucene's CJKBigramFilter gives them",
        arguments: [
            ("東京都", "東京@0 京都@1"), ("東", "東@0"), ("東 京", "東@0 京@1"),
            ("東京タワー", "東京@0 京タ@1 タワ@2 ワー@3"), ("한국어 단어", "한국@0 국어@1 단어@2"),
            ("これはsearchです", "これ@0 れは@1 search@2 です@3"), ("日本、中国", "日本@0 中国@1"),
            ("漢\u{FE00}字", "漢字@0"), ("𠀀𠀁𠀂", "𠀀𠀁@0 𠀁𠀂@1"), ("", ""),
        ])
    func bigrams(text: String, expected: String) {
        var options = AnalyzerOptions()
        options.ideographs = .bigrams
        #expect(shown(text, options) == expected)
    }

    @Test("pairs of any text are its runs' neighbours", arguments: UInt64(1)...20)
    func bigramOracle(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pool = Array("東京都大阪あいうカタナ한국 .ab")
        let text = String((0..<60).map { _ in pool[Int.random(in: 0..<pool.count, using: &random)] })
        var expected: [String] = []
        for run in text.split(whereSeparator: { " .ab".contains($0) }) {
            let scalars = run.map(String.init)
            expected += scalars.count == 1 ? scalars : zip(scalars, scalars.dropFirst()).map { $0 + $1 }
        }
        var options = AnalyzerOptions(stemmer: .none)
        options.ideographs = .bigrams
        let tokens = options.tokens(of: text).filter { !$0.term.contains { "ab".contains($0) } }
        #expect(tokens.map(\.term) == expected)
        for token in tokens { #expect(String(Array(text)[token.range]) == token.term) }
    }

    // MARK: Identifiers

    @Test(
        "identifiers: the whole and its parts at one position",
        arguments: [
            ("getUserName now", "getusername@0 get@0 user@0 name@0 now@1"),
            ("JSONReader2", "jsonreader2@0 json@0 reader@0 2@0"),
            ("snake_case_word", "snake_case_word@0 snake@0 case@0 word@0"),
            ("x86_64", "x86_64@0 x@0 86@0 64@0"),
            ("src/main/app.swift", "src/main/app.swift@0 src@0 main@0 app.swift@0 app@0 swift@0"),
            ("see C:\\Temp\\log.txt ok", "see@0 c:\\temp\\log.txt@1 c@1 temp@1 log.txt@1 log@1 txt@1 ok@2"),
            ("v1.2.3", "v1.2.3@0 v@0 1@0 2@0 3@0"), ("1.2.3-rc1", "1.2.3-rc1@0 1.2.3@0 1@0 2@0 3@0 rc1@0 rc@0 1@0"),
            ("std::vector->size", "std::vector->size@0 std@0 vector@0 size@0"),
            ("a well-known fact", "a@0 well@1 known@2 fact@3"), ("plain words.", "plain@0 words@1"),
            ("Änderung größeÜber", "anderung@0 grosseuber@1 grosse@1 uber@1"),
        ])
    func identifiers(text: String, expected: String) {
        var options = AnalyzerOptions(stemmer: .none)
        options.splitsIdentifiers = true
        #expect(shown(text, options) == expected)
        #expect(shown(text, options, asQuery: true) == expected)
    }

    @Test("an identifier may end at an ideograph")
    func identifierBesideIdeograph() {
        var options = AnalyzerOptions(stemmer: .none)
        options.splitsIdentifiers = true
        options.ideographs = .bigrams
        #expect(shown("getUser東京", options) == "getuser@0 get@0 user@0 東京@1")
    }

    @Test("parts are marked where they stand")
    func partRanges() {
        var options = AnalyzerOptions(stemmer: .none)
        options.splitsIdentifiers = true
        let text = "ö getUserName"
        let slices = options.tokens(of: text).map { String(Array(text)[$0.range]) }
        #expect(slices == ["ö", "getUserName", "get", "User", "Name"])
    }

    // MARK: Synonyms and protected words

    private func options(_ rules: String...) throws -> AnalyzerOptions {
        var options = AnalyzerOptions()
        options.synonyms = try rules.map { try SynonymRule($0) }
        return options
    }

    @Test("a group finds each from each, in the index alone")
    func groups() throws {
        let options = try options("car, automobile, motor car")
        #expect(shown("my automobile", options) == "my@0 automobil@1 car@1 motor@1 car@2")
        #expect(shown("Motor cars here", options) == "motor@0 car@0 automobil@0 car@1 automobil@1 motor@1 car@2 here@2")
        #expect(shown("my automobile", options, asQuery: true) == "my@0 automobil@1")
    }

    @Test("one-way: who asks for the first finds the others")
    func oneWay() throws {
        let options = try options("laptop => notebook, ultrabook", "ml => machine learning")
        #expect(shown("a notebook", options) == "a@0 notebook@1 laptop@1")
        #expect(shown("a laptop", options) == "a@0 laptop@1")
        #expect(shown("on machine learning", options) == "on@0 machin@1 ml@1 learn@2")
        #expect(shown("on machine tool", options) == "on@0 machin@1 tool@2")
        #expect(shown("ml", options) == "ml@0")
    }

    @Test("phrases of several words keep their distances over stop words and blocks")
    func distances() throws {
        var options = try options("boa => bank of america", "x => y")
        options.stopWords = .language
        #expect(shown("the Bank of America", options) == "bank@1 boa@1 america@3")
        #expect(shown("bank america", options) == "bank@0 america@1")
        let long = Array(repeating: "w", count: 1_022) + ["bank", "of", "america", "y"]
        let tokens = options.tokens(of: long.joined(separator: " "))
        #expect(
            tokens.suffix(5).map { "\($0.term)@\($0.position)" } == [
                "bank@1022", "boa@1022", "america@1024", "y@1025", "x@1025",
            ])
        #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0.position <= $1.position })
    }

    @Test("rules as they are written")
    func rules() throws {
        #expect(try SynonymRule(" a ,  b c").asked == ["a", "b c"])
        #expect(try SynonymRule("a, b => c").found == ["c"])
        #expect(try SynonymRule("a,b=>c,d").text == "a, b => c, d")
        #expect(try SynonymRule("a, b").text == "a, b")
        for (text, problem) in [
            ("", .emptyMember), ("a", .tooFewMembers), ("a,,b", .emptyMember), ("=> a", .emptyMember),
            ("a =>", .emptyMember), ("a => b => c", .severalArrows),
            (Array(repeating: "a", count: 65).joined(separator: ","), .tooManyMembers),
        ] as [(String, SynonymRule.Problem)] {
            #expect(throws: problem) { try SynonymRule(text) }
        }
        let bad = try options("a, b", "c, ???", "d, 1 2 3 4 5 6 7 8 9")
        #expect(bad.synonymProblem()?.index == 1)
        #expect(bad.synonymProblem()?.problem == .noWord("???"))
        #expect(try options("d, 1 2 3 4 5 6 7 8 9").synonymProblem()?.problem == .tooManyWords("1 2 3 4 5 6 7 8 9"))
        #expect(try options("a, b").synonymProblem() == nil)
    }

    @Test("protected words are not stemmed, whatever their case")
    func protected() {
        var options = AnalyzerOptions()
        options.protectedWords = ["Running", "Café"]
        #expect(shown("running runs CAFÉ cafés", options) == "running@0 run@1 cafe@2 cafe@3")
    }

    // MARK: Any text

    @Test("any bytes are some text under any options", arguments: UInt64(1)...60)
    func fuzz(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var options = AnalyzerOptions(stemmer: AnalyzerOptions.Stemmer.allCases.randomElement(using: &random) ?? .none)
        options.titleStemmer = Bool.random(using: &random) ? .german : nil
        options.stopWords = [.none, .language, .words(["é", "x1", "東"])].randomElement(using: &random) ?? .none
        options.ideographs = Bool.random(using: &random) ? .bigrams : .characters
        options.splitsIdentifiers = Bool.random(using: &random)
        options.synonyms = [try SynonymRule("x, 1.2 y"), try SynonymRule("東 => xY, ß"), try SynonymRule("a b c => x")]
        options.protectedWords = ["ßX"]
        let pool = Array("aBxYé'’.:,_/\\->1٣ж東京ひカ한ßﬁȺ𐐀\u{301}\u{200D}\u{AD}\u{3099} \u{0}👩🏽".unicodeScalars)
        var text = ""
        for _ in 0..<Int.random(in: 0...3_000, using: &random) {
            text.unicodeScalars.append(pool[Int.random(in: 0..<pool.count, using: &random)])
        }
        let count = text.unicodeScalars.count
        let parameters = BM25Parameters(analyzer: options)
        for field in TextField.allCases {
            for asQuery in [false, true] {
                let tokens = options.tokens(of: text, field: field, asQuery: asQuery)
                #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0.position <= $1.position })
                for token in tokens {
                    #expect(!token.term.isEmpty && !token.word.isEmpty && !token.range.isEmpty)
                    #expect(token.range.lowerBound >= 0 && token.range.upperBound <= count)
                    #expect(!token.term.unicodeScalars.contains("\u{FFFD}"))
                }
                #expect(options.tokens(of: text, field: field, asQuery: asQuery, limit: 5) == Array(tokens.prefix(5)))
            }
        }
        let highlighter = Highlighter(
            query: BM25Query(String(text.prefix(60)), parameters: parameters), parameters: parameters)
        var last = 0
        for range in highlighter.ranges(in: text, limit: 500) {
            #expect(range.lowerBound >= last && range.upperBound <= count && !range.isEmpty)
            last = range.upperBound
        }
        let window = highlighter.excerpt(of: text, length: 40, limit: 9).window
        #expect(window.count <= 40 && window.upperBound <= count)
    }

    // MARK: Fields and fingerprints

    @Test("titles may have a language of their own; a question has the terms of both")
    func titleLanguage() {
        var options = AnalyzerOptions(stemmer: .german)
        options.titleStemmer = .english
        #expect(options.tokens(of: "running Häuser", field: .title).map(\.term) == ["run", "hauser"])
        #expect(options.tokens(of: "running Häuser", field: .content).map(\.term) == ["running", "haus"])
        let query = BM25Query("running Häuser", parameters: BM25Parameters(analyzer: options))
        #expect(query.terms == ["running", "haus", "run", "hauser"])
        #expect(options.tokens(of: "running Häuser", field: .title).map(\.word) == ["running", "hauser"])
    }

    @Test("a fingerprint is the same everywhere, and tells options apart")
    func fingerprint() throws {
        #expect(AnalyzerOptions().fingerprint == 8_821_680_102_887_853_896)
        #expect(BM25Parameters().fingerprint == 8_130_105_346_108_882_353)
        #expect(BM25Parameters(k1: 2, b: 0.1).fingerprint == BM25Parameters().fingerprint)
        var all = [AnalyzerOptions(), AnalyzerOptions(stemmer: .french)]
        var options = AnalyzerOptions()
        options.titleStemmer = .german
        all.append(options)
        options = AnalyzerOptions()
        options.stopWords = .language
        all.append(options)
        options.stopWords = .words(["a"])
        all.append(options)
        options.stopWords = .words(["a", ""])
        all.append(options)
        options = AnalyzerOptions()
        options.ideographs = .bigrams
        all.append(options)
        options = AnalyzerOptions()
        options.splitsIdentifiers = true
        all.append(options)
        all += [try self.options("a, b"), try self.options("a => b"), try self.options("a, b", "c, d")]
        options = AnalyzerOptions()
        options.protectedWords = ["a"]
        all.append(options)
        #expect(Set(all.map(\.fingerprint)).count == all.count)
        options = AnalyzerOptions()
        options.titleStemmer = .english
        #expect(options.fingerprint == AnalyzerOptions().fingerprint)
    }
}

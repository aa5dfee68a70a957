import Appliance
import IndexCore
import TenantStore
import TestKit
import Testing

@Suite struct LegTests {
    // MARK: The questions of a probe

    @Test(arguments: [1, 31, 200, 255, 256, 257, 5_183])
    func `every document is chosen at most once, from all over the collection`(count: Int) {
        let chosen = LegProbe.choice(of: count)
        #expect(chosen.count == min(count, 256) && Set(chosen).count == chosen.count)
        #expect(chosen.allSatisfy { (0..<count).contains($0) })
        // The first 64 are spread as all of them are: no gap is wider than four steps.
        let first = chosen.prefix(64).sorted()
        let widest = zip(first, first.dropFirst()).map { $1 - $0 }.max() ?? 0
        #expect(widest <= 4 * (count / min(count, 256) + 1))
    }

    @Test func `a question is the first twelve words, of bounded length`() {
        let words = (1...40).map { "w\($0)" }
        #expect(LegProbe.opening(of: words.joined(separator: " \n\t ")) == words.prefix(12).joined(separator: " "))
        #expect(LegProbe.opening(of: " one  two ") == "one two")
        #expect(LegProbe.opening(of: " \n ") == "")
        let undivided = String(repeating: "字", count: 5_000)
        #expect(LegProbe.opening(of: undivided).unicodeScalars.count == 240)
    }

    @Test func `documents that begin as another one are passed over, and so are empty ones`() {
        var documents: [(document: PassageID, text: String)] = []
        for number in 0..<300 {
            let text = ["all the same", "", "n\(number)"][number % 3]
            documents.append((document: PassageID(UInt32(number)), text: text))
        }
        let probe = LegProbe(documents)
        #expect(probe.questions.count == 64)
        #expect(probe.questions.first?.text == "all the same")
        let others: [String] = probe.questions.dropFirst().map { $0.text }
        let expected: [String] = (0..<63).map { "n\(3 * $0 + 2)" }
        #expect(others == expected)
    }

    // MARK: The alarm

    /// What the alarm must say, from all values ever seen.
    private static func expected(_ values: [Double]) -> Bool {
        let last = values.suffix(100)
        return last.count == 100 && last.reduce(0, +) / 100 < 0.5
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the alarm is about the last hundred searches of a place, and is raised once`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let alarm = AgreementAlarm()
        let place = AgreementAlarm.Place(collection: 1, space: "s")
        let other = AgreementAlarm.Place(collection: 2, space: "s")
        var values: [Double] = []
        var raised = 0
        var wasLow = false
        // Healthy, broken, healthy, broken.
        for (count, level) in [(150, 2.0), (250, 0.1), (250, 2.0), (130, 0.0)] {
            for _ in 0..<count {
                let value = level + Double.random(in: -1...1, using: &random)
                values.append(value)
                let word = alarm.note(value, of: place)
                #expect(alarm.note(3, of: other) == .well)
                let isLow = Self.expected(values)
                #expect(word == (isLow ? (wasLow ? .low : .raised) : .well))
                if word == .raised { raised += 1 }
                wasLow = isLow
            }
        }
        #expect(raised >= 2)
        let window = try #require(alarm.window(of: place))
        let mean = try #require(window.mean)
        #expect(abs(mean - values.suffix(100).reduce(0, +) / 100) < 1e-12 && window.count == 100)
        #expect(alarm.lowCount == 1)
        alarm.forget(1)
        #expect(alarm.lowCount == 0 && alarm.window(of: place) == nil && alarm.window(of: other) != nil)
    }

    @Test func `what is no number is not counted, and one search in eight is sampled`() {
        let alarm = AgreementAlarm()
        let place = AgreementAlarm.Place(collection: 1, space: "s")
        #expect(alarm.note(.nan, of: place) == .well && alarm.note(.infinity, of: place) == .well)
        #expect(alarm.window(of: place) == nil)
        #expect((0..<800).filter { _ in alarm.takesNext() }.count == 100)
    }

    // MARK: What searches go without

    private static func states(_ keyword: LegRecord?, _ vector: LegRecord?) -> LegStates {
        LegStates([keyword, vector].compactMap { $0 })
    }

    @Test func `a ranking is off by its probe below a tenth, or by hand whatever the probe says`() {
        for (found, isOff) in [(0, true), (6, true), (7, false), (64, false)] {
            #expect(LegRecord(leg: .bm25, probed: 64, found: found).isOff == isOff)
            #expect(!LegRecord(leg: .bm25, rule: .on, probed: 64, found: found).isOff)
            #expect(LegRecord(leg: .bm25, rule: .off, probed: 64, found: found).isOff)
        }
        #expect(!LegRecord(leg: .vector, space: "s").isOff, "nobody looked")
        // A tenth exactly passes.
        #expect(!LegRecord(leg: .bm25, probed: 40, found: 4).isOff)
    }

    @Test func `searches go without what is off, but never without everything`() {
        let failed = LegRecord(leg: .bm25, probed: 64)
        let noise = LegRecord(leg: .vector, space: "s", probed: 64, found: 1)
        func out(
            _ keyword: LegRecord?, _ vector: LegRecord?, _ mode: SearchRequest.Mode = .hybrid, space: String? = "s"
        )
            -> LegsLeftOut
        {
            Self.states(keyword, vector).leftOut(of: mode, space: space, collection: "c")
        }
        #expect(out(nil, nil) == LegsLeftOut())
        let withoutVectors = out(nil, noise)
        #expect(withoutVectors.vector && !withoutVectors.keyword && withoutVectors.warning != nil)
        let withoutWords = out(failed, nil)
        #expect(withoutWords.keyword && !withoutWords.vector && withoutWords.warning != nil)
        let both = out(failed, noise)
        #expect(!both.keyword && !both.vector && both.warning != nil)
        // The words are off and nothing else can run.
        let last = out(failed, noise, space: nil)
        #expect(!last.keyword && !last.vector && last.warning != nil)
        // Another space is another ranking.
        #expect(out(nil, noise, space: "t") == LegsLeftOut())
        for mode in [SearchRequest.Mode.bm25, .vector] { #expect(out(failed, noise, mode) == LegsLeftOut()) }
    }

    @Test func `the fingerprint names what is off, in one order, and nothing else`() {
        let healthy = LegRecord(leg: .bm25, probed: 64, found: 60)
        let noise = LegRecord(leg: .vector, space: "s", probed: 64)
        let hand = LegRecord(leg: .vector, space: "s", rule: .off, probed: 64, found: 64)
        #expect(LegStates([healthy]).fingerprint == "")
        #expect(LegStates([noise, healthy]).fingerprint == LegStates([healthy, noise]).fingerprint)
        // The warning is another one, so the answer is.
        #expect(LegStates([noise]).fingerprint != LegStates([hand]).fingerprint)
        var states = LegStates([noise])
        states.forget(space: "s")
        #expect(states.areAllOn && states.fingerprint == "")
    }

    // MARK: On an engine

    private static func documents(_ count: Int, seed: UInt64) -> [DocumentInput] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { number in
            DocumentInput(id: "d\(number)", text: "n\(number) " + RandomText.sentence(&random, words: 14))
        }
    }

    @Test func `a load has the words probed, and without a model the vectors are not`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put(Self.documents(199, seed: 1), collection: "c")
            let few = try await engine.probeLegs(of: "c")
            #expect(few.allSatisfy { $0.obstacle?.contains("fewer than 200") == true })
            _ = try await engine.put(Self.documents(260, seed: 2), collection: "c")
            let found = try await engine.probeLegs(of: "c")
            #expect(found.map(\.leg) == [.bm25, .vector])
            #expect(found[0].probed == 64 && found[0].found == 64 && found[0].obstacle == nil)
            #expect(found[1].probed == 0 && found[1].obstacle != nil)
            await #expect(throws: ApplianceError.unknownCollection(name: "none", existing: ["c"])) {
                try await engine.probeLegs(of: "none")
            }
        }
    }
}

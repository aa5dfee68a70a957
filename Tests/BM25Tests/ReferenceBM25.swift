import BM25
import IndexCore
import TestKit

/// The plain reference: dictionaries and Lucene's formula, nothing shared with the engine but the analysis of text.
///
/// As in Lucene a term's score is made in `Float`, whose last place shows where the score is a small part of its
/// weight; passages without a word are not counted.
///
/// One field holds the title `titleWeight` times and then the content. Lucene's idf; lengths pass through Lucene's
/// one-byte encoding, written out here a second time from its definition.
struct ReferenceBM25 {
    struct Passage {
        var document: UInt32
        var frequencies: [String: Int]
        var length: Int
    }

    let parameters: BM25Parameters
    var passages: [UInt32: Passage] = [:]
    private var known: [Substring: [String]] = [:]

    init(parameters: BM25Parameters) {
        self.parameters = parameters
    }

    mutating func add(_ id: UInt32, document: UInt32, title: String, text: String) {
        let field = Array(repeating: title, count: parameters.titleWeight).joined(separator: " ") + " " + text
        let terms = field.split(separator: " ").flatMap { analyzed($0) }
        passages[id] = Passage(
            document: document, frequencies: terms.reduce(into: [:]) { $0[$1, default: 0] += 1 }, length: terms.count)
    }

    /// The analysis both sides share, word by word: a query keeps a repeated word once.
    private mutating func analyzed(_ word: Substring) -> [String] {
        if let known = known[word] {
            return known
        }
        let terms = BM25Index(parameters: parameters).snapshot.analyze(String(word)).terms
        known[word] = terms
        return terms
    }

    /// Score of every matching live passage.
    func scores(_ query: [String]) -> [UInt32: Double] {
        let count = Double(passages.values.count { $0.length > 0 })
        let average = Float(Double(passages.values.reduce(0) { $0 + $1.length }) / count)
        let (k1, b) = (Float(parameters.k1), Float(parameters.b))
        var scores: [UInt32: Double] = [:]
        for term in query {
            let matching = passages.filter { $0.value.frequencies[term] != nil }
            let frequency = Double(matching.count)
            let idf = Float(naturalLogarithm(1 + (count - frequency + 0.5) / (frequency + 0.5)))
            for (id, passage) in matching {
                let length = Float(Self.roundTrip(passage.length))
                let tf = Float(passage.frequencies[term] ?? 0)
                let norm = 1 / (k1 * ((1 - b) + b * length / average))
                scores[id, default: 0] += Double(idf - idf / (1 + tf * norm))
            }
        }
        return scores
    }

    /// The best passage score of each document.
    func documentScores(_ query: [String], filter: (UInt32) -> Bool = { _ in true }) -> [UInt32: Double] {
        var best: [UInt32: Double] = [:]
        for (id, score) in scores(query) where filter(id) {
            guard let document = passages[id]?.document else { continue }
            best[document] = max(best[document] ?? 0, score)
        }
        return best
    }

    /// What is left of a length after Lucene's `SmallFloat.intToByte4`: exact below 24, then the part above 24 keeps
    /// its four highest bits.
    static func roundTrip(_ length: Int) -> Int {
        guard length >= 24 else { return length }
        let rest = length - 24
        guard rest >= 16 else { return length }
        let shift = Int.bitWidth - rest.leadingZeroBitCount - 4
        return 24 + (rest >> shift) << shift
    }
}

/// Natural logarithm by the series of artanh: the reference borrows nothing.
func naturalLogarithm(_ value: Double) -> Double {
    var mantissa = value.significand
    var exponent = Double(value.exponent)
    if mantissa > 1.5 {
        mantissa /= 2
        exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    var power = ratio
    var sum = 0.0
    for odd in stride(from: 1.0, through: 61, by: 2) {
        sum += power / odd
        power *= ratio * ratio
    }
    return 2 * sum + exponent * 0.693_147_180_559_945_309_417
}

/// Words with a skewed distribution: low numbers are common.
func randomText(_ random: inout SeededRandom, words: ClosedRange<Int>, vocabulary: Int = 60) -> String {
    (0..<Int.random(in: words, using: &random)).map { _ in
        let place = Double.random(in: 0..<1, using: &random)
        return "w\(Int(place * place * place * Double(vocabulary)))"
    }.joined(separator: " ")
}

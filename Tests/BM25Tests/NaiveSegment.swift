import BM25
import IndexCore
import TestKit

/// A passage as a test writes it: words of letters, one space between them.
struct PlainPassage {
    var id: UInt32
    var document: UInt32
    var title: [String]
    var words: [String]

    /// Passages of documents of one to three, with gaps between some ids; words are skewed, and come in several forms
    /// of one stem.
    static func random(
        _ random: inout SeededRandom, count: Int, from first: UInt32 = 1, words range: ClosedRange<Int> = 0...40,
        vocabulary: Int = 60, gaps: Bool = true
    ) -> [PlainPassage] {
        var passages: [PlainPassage] = []
        var id = first
        while passages.count < count {
            let document = id
            let title = words(&random, count: Int.random(in: 0...3, using: &random), vocabulary)
            for _ in 0..<min(Int.random(in: 1...3, using: &random), count - passages.count) {
                let isLong = Int.random(in: 0..<60, using: &random) == 0
                let length = Int.random(in: range, using: &random) * (isLong ? 20 : 1)
                passages.append(
                    PlainPassage(
                        id: id, document: document, title: title, words: words(&random, count: length, vocabulary)))
                id += 1
            }
            id += gaps && Int.random(in: 0..<8, using: &random) == 0 ? 3 : 0
        }
        return passages
    }

    private static func words(_ random: inout SeededRandom, count: Int, _ vocabulary: Int) -> [String] {
        (0..<count).map { _ in
            let skewed = Double(random.unit())
            let number = Int(skewed * skewed * skewed * Double(vocabulary))
            let form = ["", "s", "ing", "ed"][number % 3 == 0 ? Int.random(in: 0..<4, using: &random) : 0]
            return "b" + letters(number) + "nt" + form
        }
    }

    private static func letters(_ number: Int) -> String {
        let alphabet = Array("aeioulmr")
        var rest = number
        var text = ""
        repeat {
            text.append(alphabet[rest % 8])
            rest /= 8
        } while rest > 0
        return text
    }
}

/// What a segment of some passages must hold, from the definition alone; only stems are the analyzer's.
struct NaiveSegment {
    typealias Posting = SegmentInspection.Posting

    var rows: [SegmentInspection.Row] = []
    /// By field and key.
    var postings: [[String: [Posting]]] = [[:], [:], [:]]
    var stems: [String: String] = [:]

    init(_ passages: [PlainPassage], _ parameters: BM25Parameters) {
        for (row, passage) in passages.enumerated() {
            let title = passage.title.map { stem($0, parameters) }
            let words = passage.words.map { stem($0, parameters) }
            let titles = passage.title.isEmpty ? 0 : parameters.titleWeight
            var position = 0
            for _ in 0..<titles {
                for (place, term) in title.enumerated() {
                    add(term, field: 0, row, position + place)
                    add(passage.title[place], field: 2, row, nil)
                }
                position += title.count + 100
            }
            for (place, term) in words.enumerated() {
                add(term, field: 0, row, position + place)
                add(passage.words[place], field: 2, row, nil)
            }
            for (place, term) in title.enumerated() { add(term, field: 1, row, place) }
            let length = titles * title.count + words.count
            rows.append(
                SegmentInspection.Row(
                    id: passage.id, document: passage.document, length: length, norm: NormCodec.encode(length),
                    titleLength: title.count))
        }
    }

    private mutating func stem(_ word: String, _ parameters: BM25Parameters) -> String {
        if let known = stems[word] { return known }
        let stem = BM25Query(word, parameters: parameters).terms.first ?? word
        stems[word] = stem
        return stem
    }

    private mutating func add(_ key: String, field: Int, _ row: Int, _ position: Int?) {
        var list = postings[field][key] ?? []
        if list.last?.row != row { list.append(Posting(row: row, frequency: 0, positions: [])) }
        if let position {
            list[list.count - 1].frequency += 1
            list[list.count - 1].positions.append(position)
        } else {
            list[list.count - 1].frequency = 1
        }
        postings[field][key] = list
    }

    /// Keys in the order of their bytes.
    func keys(field: Int) -> [String] {
        postings[field].keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension BM25Segment {
    /// A segment of passages, built in one go.
    static func of(_ passages: [PlainPassage], _ parameters: BM25Parameters) -> BM25Segment {
        var builder = BM25SegmentBuilder(parameters: parameters)
        for passage in passages {
            builder.add(
                PassageID(passage.id), document: PassageID(passage.document),
                title: passage.title.joined(separator: " "), text: passage.words.joined(separator: " "))
        }
        return builder.build()
    }

    /// All sections, by name.
    var bytes: [String: [UInt8]] {
        var bytes: [String: [UInt8]] = [:]
        for section in sections.copies { bytes[section.name.description] = section.bytes }
        return bytes
    }
}

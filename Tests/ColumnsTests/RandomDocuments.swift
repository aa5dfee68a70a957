import Columns
import IndexCore
import TestKit

/// Small worlds in which every value is likely to be hit: five fields, few values, some of the wrong type.
struct RandomDocuments {
    var random: SeededRandom
    /// Given out in order, as a writer does.
    private(set) var next: UInt32 = 1

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    static let types: [String: FieldType] = [
        "tag": .keyword, "year": .number, "day": .date, "open": .boolean, "author.name": .keyword,
    ]
    static let words = ["a", "b", "B", "é", "e\u{301}", "", "zz z", "AND", "10"]
    static let days = [
        "2024-01-01", "2024-01-31", "2024-02-01", "2023-12-31T23:59:59.999999Z", "2024-01-01T10:00:00+02:00",
    ]
    static let numbers: [FieldNumber] =
        [0, -5, 2_024, 9_007_199_254_740_993, 9_007_199_254_740_992, .max, .min].map { FieldNumber($0) }
        + [0.5, -0.0].compactMap { FieldNumber(double: $0) }

    mutating func document() -> ColumnDocument {
        let count = Int.random(in: 1...3, using: &random)
        let document = ColumnDocument(PassageID(next), passageCount: count, entries: entries())
        next += UInt32(count) + (Bool.random(using: &random) ? 0 : UInt32.random(in: 0...100, using: &random))
        return document
    }

    private mutating func entries() -> [FieldEntry] {
        var entries: [FieldEntry] = []
        for (field, type) in Self.types.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<[0, 1, 1, 1, 2, 3][Int.random(in: 0..<6, using: &random)] {
                entries.append(FieldEntry(field, value(Int.random(in: 0..<8, using: &random) == 0 ? .number : type)))
            }
        }
        return entries.shuffled(using: &random)
    }

    private mutating func value(_ type: FieldType) -> FieldValue {
        switch type {
        case .keyword: .text(Self.words.randomElement(using: &random) ?? "")
        case .number: .number(Self.numbers.randomElement(using: &random) ?? FieldNumber(1))
        case .date: .text(Self.days.randomElement(using: &random) ?? "")
        case .boolean: .boolean(Bool.random(using: &random))
        }
    }

    // MARK: Filters

    mutating func filter(depth: Int = 4) -> FilterExpression {
        switch depth == 0 ? 5 : Int.random(in: 0..<8, using: &random) {
        case 0: return .all((0..<Int.random(in: 1...3, using: &random)).map { _ in filter(depth: depth - 1) })
        case 1: return .any((0..<Int.random(in: 1...3, using: &random)).map { _ in filter(depth: depth - 1) })
        case 2: return .not(filter(depth: depth - 1))
        default: return .condition(field: field(), test())
        }
    }

    mutating func field() -> String {
        (Self.types.keys.sorted() + ["author", "nowhere"]).randomElement(using: &random) ?? "tag"
    }

    private mutating func test() -> FilterTest {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .exists
        case 1: .compares(FilterComparison.allCases.randomElement(using: &random) ?? .less, literal())
        case 2: .isBetween(literal(), literal())
        default: .isOne(of: (0..<Int.random(in: 1...4, using: &random)).map { _ in literal() })
        }
    }

    mutating func literal() -> FilterLiteral {
        switch Int.random(in: 0..<7, using: &random) {
        case 0: .text(Self.words.randomElement(using: &random) ?? "")
        case 1: .text(Self.days.randomElement(using: &random) ?? "")
        case 2: .word(["2024", "2024-01", "2024-01-01", "2023-12-31"].randomElement(using: &random) ?? "")
        case 3: .number(Self.numbers.randomElement(using: &random) ?? FieldNumber(1))
        case 4: .word((Self.numbers.randomElement(using: &random) ?? FieldNumber(1)).text)
        case 5: .word(["true", "FALSE", "a", "b"].randomElement(using: &random) ?? "")
        default: .boolean(Bool.random(using: &random))
        }
    }
}

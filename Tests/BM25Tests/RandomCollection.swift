import BM25
import IndexCore
import TestKit

/// What says by definition how passages score.
protocol PassageReference {
    associatedtype Passage

    var passages: [UInt32: Passage] { get set }
    init(parameters: BM25Parameters)
    mutating func add(_ id: UInt32, document: UInt32, title: String, text: String)
}

extension ReferenceBM25: PassageReference {}
extension ReferenceExpressions: PassageReference {}

/// A collection of random documents beside the reference for expressions.
typealias RandomCollection = RandomWrites<ReferenceExpressions>

/// A collection of random documents: an index in many segments beside a reference, with deletions.
struct RandomWrites<Reference: PassageReference> {
    var index: BM25Index
    var reference: Reference
    var live = IDSet()
    private(set) var nextID: UInt32 = 1
    private(set) var documents: [Range<UInt32>] = []
    let vocabulary: Int
    let parameters: BM25Parameters

    init(parameters: BM25Parameters = BM25Parameters(), vocabulary: Int = 60) {
        self.parameters = parameters
        self.vocabulary = vocabulary
        index = BM25Index(parameters: parameters)
        reference = Reference(parameters: parameters)
    }

    /// One segment more; without the reference where the collection is too large for it.
    ///
    /// - Parameter longest: If given, one text in twenty has up to so many words.
    mutating func append(
        documentCount: Int, passages: ClosedRange<Int> = 1...4, words: ClosedRange<Int> = 0...60,
        longest: Int? = nil, isReferenced: Bool = true, _ random: inout SeededRandom
    ) {
        var builder = BM25SegmentBuilder(parameters: parameters)
        for _ in 0..<documentCount {
            let first = nextID
            let title = randomText(&random, words: 0...4, vocabulary: vocabulary)
            for _ in 0..<Int.random(in: passages, using: &random) {
                let limit = longest.flatMap { Int.random(in: 0..<20, using: &random) == 0 ? $0 : nil }
                let text = randomText(&random, words: limit.map { 0...$0 } ?? words, vocabulary: vocabulary)
                builder.add(PassageID(nextID), document: PassageID(first), title: title, text: text)
                if isReferenced {
                    reference.add(nextID, document: first, title: title, text: text)
                }
                nextID += 1
            }
            live.insert(first..<nextID)
            documents.append(first..<nextID)
        }
        nextID += UInt32.random(in: 0...3, using: &random)
        index.append(builder.build(), live: live)
    }

    mutating func removeDocument(_ random: inout SeededRandom) {
        guard !documents.isEmpty else { return }
        let ids = documents.remove(at: Int.random(in: 0..<documents.count, using: &random))
        live.remove(ids)
        index.remove(ids)
        for id in ids {
            reference.passages[id] = nil
        }
    }

    func randomFilter(_ random: inout SeededRandom) -> IDSet? {
        guard Bool.random(using: &random) else { return nil }
        let share = Double.random(in: 0...1, using: &random)
        var filter = IDSet()
        for document in documents where Double.random(in: 0..<1, using: &random) < share {
            filter.insert(document)
        }
        return filter
    }

    /// The best documents by the scores given to all live passages: no bound, no threshold, no heap.
    func best(_ scores: [UInt32: Float], k: Int, filter: IDSet?) -> (hits: [DocumentHit], total: Int) {
        var best: [UInt32: DocumentHit] = [:]
        for document in documents {
            for id in document where filter?.contains(PassageID(id)) ?? true {
                guard let score = scores[id], score > best[document.lowerBound]?.score ?? -1 else { continue }
                best[document.lowerBound] = DocumentHit(
                    document: PassageID(document.lowerBound), passage: PassageID(id), score: score)
            }
        }
        let ranked = best.values.sorted { $0.precedes($1) }
        return (Array(ranked.prefix(k)), ranked.count)
    }

    // MARK: Questions

    func randomTerm(_ random: inout SeededRandom) -> BM25Term {
        // One in twenty does not occur.
        let place = Double.random(in: 0..<1.05, using: &random)
        let text = "w\(Int(place * place * Double(vocabulary)))"
        return BM25Term(text, field: Int.random(in: 0..<6, using: &random) == 0 ? .title : .combined)
    }

    func randomPhrase(_ random: inout SeededRandom) -> BM25Expression {
        let count = Int.random(in: 2...4, using: &random)
        var position: UInt32 = 0
        var terms: [PhraseTerm] = []
        for _ in 0..<count {
            // Common words, so that phrases occur; repeated words and alternatives now and then.
            let place = Double.random(in: 0..<0.7, using: &random)
            terms.append(PhraseTerm("w\(Int(place * place * place * Double(vocabulary)))", position: position))
            position += [0, 1, 1, 1, 1, 1, 1, 2][Int.random(in: 0..<8, using: &random)]
        }
        return .phrase(
            Int.random(in: 0..<8, using: &random) == 0 ? .title : .combined, terms,
            slop: [0, 0, 0, 1, 2, 3, 6][Int.random(in: 0..<7, using: &random)])
    }

    /// Words that count as one, in any field; one that does not occur or comes twice now and then.
    func randomSynonym(_ random: inout SeededRandom, _ counts: ClosedRange<Int>) -> BM25Expression {
        let field = randomTerm(&random).field
        return .synonym(
            (0..<Int.random(in: counts, using: &random)).map { _ in
                WeightedTerm(
                    BM25Term(randomTerm(&random).text, field: field),
                    weight: [1, 1, 6.0 / 7, 7.0 / 9, 0.3, 0.1][Int.random(in: 0..<6, using: &random)])
            })
    }

    func randomExpression(_ random: inout SeededRandom, depth: Int = 0) -> BM25Expression {
        switch Int.random(in: 0..<(depth > 2 ? 10 : 20), using: &random) {
        case 0..<5: return .term(randomTerm(&random))
        case 5: return .everything
        case 6: return randomSynonym(&random, 1...4)
        case 7, 8: return randomPhrase(&random)
        case 9:
            return .boost(
                randomExpression(&random, depth: depth + 1),
                [0, 0.5, 1, 2, 10][Int.random(in: 0..<5, using: &random)])
        case 10: return .nothing
        default:
            func children(_ counts: [Int]) -> [BM25Expression] {
                (0..<counts[Int.random(in: counts.indices, using: &random)]).map { _ in
                    randomExpression(&random, depth: depth + 1)
                }
            }
            return .boolean(
                must: children([0, 0, 1, 2]), should: children([0, 1, 2, 3, 6]), mustNot: children([0, 0, 0, 0, 1]),
                minimumShouldMatch: [0, 0, 0, 1, 2, 3][Int.random(in: 0..<6, using: &random)])
        }
    }

    /// The shapes that have loops of their own: plain words, all of them, so many of them, words that must and words that may,
    /// some of them several that count as one.
    func randomFlatExpression(_ random: inout SeededRandom) -> BM25Expression {
        let groups = Bool.random(using: &random)
        func terms(_ counts: ClosedRange<Int>) -> [BM25Expression] {
            (0..<Int.random(in: counts, using: &random)).map { _ in
                let isGroup = groups && Int.random(in: 0..<3, using: &random) == 0
                let term = isGroup ? randomSynonym(&random, 1...16) : .term(randomTerm(&random))
                return Int.random(in: 0..<5, using: &random) == 0 ? .boost(term, 2.5) : term
            }
        }
        let forbidden = Int.random(in: 0..<4, using: &random) == 0 ? terms(1...2) : []
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return .boolean(should: terms(1...4), mustNot: forbidden)
        case 2: return .boolean(should: terms(5...15), mustNot: forbidden)
        case 3: return .boolean(must: terms(2...3), mustNot: forbidden)
        case 4: return .boolean(must: terms(1...2), should: terms(1...4), mustNot: forbidden)
        case 5, 6:
            let some = terms(2...9)
            return .boolean(
                should: some, mustNot: forbidden, minimumShouldMatch: Int.random(in: 1...some.count, using: &random))
        default: return randomPhrase(&random)
        }
    }
}

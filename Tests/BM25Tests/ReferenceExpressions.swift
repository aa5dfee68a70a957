import BM25
import IndexCore
import TestKit

/// Expressions by their definition: every passage a list of words with places, every node a function of one passage.
///
/// Shares nothing with the engine. Scores are Lucene's `Float` formula; sums are `Double`, rounded once at the root,
/// so they may differ from the engine's in the last place.
struct ReferenceExpressions {
    struct Passage {
        var document: UInt32
        /// Positions by word and field.
        var combined: [String: [Int]] = [:]
        var title: [String: [Int]] = [:]
        var length = 0
        var titleLength = 0
    }

    let parameters: BM25Parameters
    var passages: [UInt32: Passage] = [:]

    init(parameters: BM25Parameters) {
        self.parameters = parameters
    }

    /// Words are taken as they stand: the tests use only such that analysis leaves alone.
    mutating func add(_ id: UInt32, document: UInt32, title: String, text: String) {
        var passage = Passage(document: document)
        let titleWords = title.split(separator: " ").map(String.init)
        for (place, word) in titleWords.enumerated() {
            passage.title[word, default: []].append(place)
        }
        passage.titleLength = titleWords.count
        var position = 0
        for words in Array(repeating: titleWords, count: parameters.titleWeight) + [
            text.split(separator: " ").map(String.init)
        ]
        where !words.isEmpty {
            position += passage.length > 0 ? 100 : 0
            for word in words {
                passage.combined[word, default: []].append(position)
                position += 1
            }
            passage.length += words.count
        }
        passages[id] = passage
    }

    private func positions(_ term: BM25Term, _ passage: Passage) -> [Int] {
        (term.field == .title ? passage.title : passage.combined)[term.text] ?? []
    }

    private func idf(_ term: BM25Term) -> Double {
        let count = Double(wordedCount(term.field))
        let frequency = Double(passages.values.count { !positions(term, $0).isEmpty })
        return frequency == 0 ? 0 : Double(Float(naturalLogarithm(1 + (count - frequency + 0.5) / (frequency + 0.5))))
    }

    /// Passages with a word in the field.
    private func wordedCount(_ field: BM25Field) -> Int {
        passages.values.count { (field == .title ? $0.titleLength : $0.length) > 0 }
    }

    private func averageLength(_ field: BM25Field) -> Float {
        let sum = passages.values.reduce(0) { $0 + (field == .title ? $1.titleLength : $1.length) }
        return Float(Double(sum) / Double(wordedCount(field)))
    }

    /// The score of every passage that matches.
    func scores(_ expression: BM25Expression) -> [UInt32: Double] {
        let scorer = scorer(expression, boost: 1)
        return passages.compactMapValues(scorer)
    }

    private typealias Scorer = (Passage) -> Double?

    private func leaf(
        _ field: BM25Field, _ weight: Double, _ frequency: @escaping (Passage) -> Double
    ) -> Scorer {
        let (k1, b) = (Float(parameters.k1), Float(parameters.b))
        let average = averageLength(field)
        let weight = Float(weight)
        return { passage in
            let frequency = Float(frequency(passage))
            guard frequency > 0 else { return nil }
            let length = Float(ReferenceBM25.roundTrip(field == .title ? passage.titleLength : passage.length))
            let normInverse = 1 / (k1 * ((1 - b) + b * length / average))
            return Double(weight - weight / (1 + frequency * normInverse))
        }
    }

    private func scorer(_ expression: BM25Expression, boost: Float) -> Scorer {
        switch expression {
        case .nothing: return { _ in nil }
        case .everything: return { _ in Double(boost) }
        case .boost(let child, let factor): return scorer(child, boost: boost * factor)
        case .term(let term):
            return leaf(term.field, Double(boost) * idf(term)) { Double(positions(term, $0).count) }
        case .synonym(let terms):
            var seen: Set<BM25Term> = []
            let terms = terms.filter { seen.insert($0.term).inserted }
            let weight = terms.map { idf($0.term) }.filter { $0 > 0 }.min() ?? 0
            return leaf(terms.first?.term.field ?? .combined, Double(boost) * weight) { passage in
                terms.reduce(0) { $0 + Double($1.weight) * Double(positions($1.term, passage).count) }
            }
        case .phrase(let field, let terms, let slop):
            let weight = Float(terms.reduce(0) { $0 + idf(BM25Term($1.text, field: field)) })
            let places = Dictionary(grouping: terms, by: \.position).sorted { $0.key < $1.key }
            return leaf(field, Double(boost * weight)) { passage in
                let slots = places.map { place, terms in
                    ReferencePhrase.Slot(
                        offset: Int(place), words: Set(terms.map(\.text)),
                        positions: Set(terms.flatMap { positions(BM25Term($0.text, field: field), passage) }).sorted())
                }
                return slots.contains { $0.positions.isEmpty } ? 0 : ReferencePhrase(slots: slots).frequency(slop: slop)
            }
        case .boolean(let must, let should, let mustNot, let minimum):
            let required = must.map { scorer($0, boost: boost) }
            let optional = should.map { scorer($0, boost: boost) }
            let forbidden = mustNot.map { scorer($0, boost: 1) }
            let needed = must.isEmpty ? max(1, minimum) : max(0, minimum)
            return { passage in
                let scores = required.map { $0(passage) }
                let extras = optional.compactMap { $0(passage) }
                guard !scores.contains(nil), extras.count >= needed, !forbidden.contains(where: { $0(passage) != nil })
                else { return nil }
                return scores.reduce(0) { $0 + ($1 ?? 0) } + extras.reduce(0, +)
            }
        }
    }
}

/// Phrase frequencies: exactly by trying every start, sloppily as Lucene's `SloppyPhraseMatcher` walks, written with
/// a sorted list where that has a queue.
struct ReferencePhrase {
    struct Slot {
        var offset: Int
        var words: Set<String>
        var positions: [Int]
    }

    let slots: [Slot]

    func frequency(slop: Int) -> Double {
        guard slop > 0, slots.count > 1 else {
            return Double(
                slots[0].positions.count { start in
                    slots.allSatisfy { $0.positions.contains(start - slots[0].offset + $0.offset) }
                })
        }
        var walk = Walk(slots: slots)
        return walk.frequency(slop: slop)
    }

    private struct Walk {
        let slots: [Slot]
        var index: [Int]
        /// Where the phrase would start, by slot.
        var start: [Int]
        var end = Int.min
        /// For each slot, the slots that share a word with it, itself included, transitively.
        let groups: [[Int]]
        let hasAlternatives: Bool

        init(slots: [Slot]) {
            self.slots = slots
            index = slots.map { _ in -1 }
            start = slots.map { _ in 0 }
            var groups = slots.indices.map { [$0] }
            for (place, slot) in slots.enumerated() {
                for other in 0..<place where !slots[other].words.isDisjoint(with: slot.words) {
                    let joined = Set(groups[place] + groups[other]).sorted()
                    for member in joined { groups[member] = joined }
                }
            }
            self.groups = groups
            hasAlternatives = slots.indices.contains { groups[$0].count > 1 && slots[$0].words.count > 1 }
        }

        mutating func next(_ slot: Int, movesEnd: Bool = true) -> Bool {
            index[slot] += 1
            guard index[slot] < slots[slot].positions.count else { return false }
            start[slot] = slots[slot].positions[index[slot]] - slots[slot].offset
            if movesEnd { end = max(end, start[slot]) }
            return true
        }

        func collision(_ slot: Int) -> Int? {
            groups[slot].first { $0 != slot && start[$0] + slots[$0].offset == start[slot] + slots[slot].offset }
        }

        func precedes(_ left: Int, _ right: Int) -> Bool { (start[left], left) < (start[right], right) }

        mutating func begin() -> Bool {
            for slot in slots.indices where !next(slot, movesEnd: false) { return false }
            var done: Set<Int> = []
            for slot in slots.indices where groups[slot].count > 1 && done.insert(groups[slot][0]).inserted {
                for (place, member) in groups[slot].enumerated() {
                    if hasAlternatives {
                        while let other = collision(member) {
                            guard next(precedes(member, other) ? member : other) else { return false }
                        }
                    } else {
                        for _ in 0..<place where !next(member, movesEnd: false) { return false }
                    }
                }
            }
            end = start.max() ?? 0
            return true
        }

        mutating func frequency(slop: Int) -> Double {
            guard begin() else { return 0 }
            var sum: Float = 0
            var queue = Array(slots.indices)
            func pop() -> Int {
                queue.sort(by: precedes)
                return queue.removeFirst()
            }
            func top() -> Int {
                queue.sort(by: precedes)
                return start[queue[0]]
            }
            var slot = pop()
            var next = top()
            var length = end - start[slot]
            while self.next(slot) {
                var mover = slot
                var isExhausted = false
                while groups[mover].count > 1, let other = collision(mover) {
                    mover = precedes(mover, other) ? mover : other
                    if !self.next(mover) {
                        isExhausted = true
                        break
                    }
                }
                if isExhausted { break }
                if start[slot] > next {
                    queue.append(slot)
                    if length <= slop { sum += 1 / (1 + Float(length)) }
                    slot = pop()
                    next = top()
                    length = end - start[slot]
                } else {
                    length = min(length, end - start[slot])
                }
            }
            if length <= slop { sum += 1 / (1 + Float(length)) }
            return Double(sum)
        }
    }
}

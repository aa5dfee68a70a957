/// How often a phrase occurs in one passage, from the positions of its words there.
///
/// Places of the phrase are `slots`; each has the ascending positions of its word, or of all its alternatives. Made
/// once per search and phrase, filled once per passage that holds all words.
struct PhraseMatcher {
    /// One place of the phrase.
    struct Slot {
        /// The place: positions after the phrase's start.
        let offset: Int
        /// The slot's terms: numbers of the plan.
        let terms: [Int]
        /// Their cursors, counted from the phrase's first.
        let cursors: Range<Int>
        /// Where its positions lie in the matcher's memory.
        fileprivate var positions = 0..<0
        /// The place in `positions` that comes next, in a sloppy match.
        fileprivate var next = 0
        /// The phrase's start if this word stands where it does now.
        fileprivate var start = 0
        /// Which slots stand for the same word and so must not share a place of the text; -1: none.
        fileprivate var group = -1
        fileprivate var isQueued = false
    }

    private(set) var slots: [Slot] = []
    private let slop: Int
    /// Slots by group, ascending offsets inside.
    private var groups: [[Int]] = []
    private var groupsHaveAlternatives = false
    private var positions: [UInt32] = []
    /// The slot that was filled last.
    private var filledSlot = -1
    private var end = 0

    /// A matcher of the phrase whose uses are `uses`, ascending by position.
    init(_ uses: some Collection<QueryPlan.Use>, slop: Int) {
        self.slop = slop
        let uses = Array(uses)
        var first = 0
        while first < uses.count {
            let end = uses[first...].firstIndex { $0.position != uses[first].position } ?? uses.count
            slots.append(
                Slot(offset: Int(uses[first].position), terms: uses[first..<end].map(\.term), cursors: first..<end))
            first = end
        }
        if slop > 0 {
            findRepetitions()
        }
    }

    /// Forgets the last passage's positions.
    mutating func begin() {
        positions.removeAll(keepingCapacity: true)
        filledSlot = -1
    }

    /// Gives slot `slot` the positions of one of its words in the passage; slots come in order.
    mutating func fill(_ slot: Int, from buffer: borrowing PositionBuffer) {
        let first = slot == filledSlot ? slots[slot].positions.lowerBound : positions.count
        positions.append(contentsOf: UnsafeBufferPointer(start: buffer.values, count: buffer.count))
        if slot == filledSlot {
            positions[first...].sort()
        }
        filledSlot = slot
        slots[slot].positions = first..<positions.count
    }

    /// The phrase's frequency in the passage: places that fit count 1, others `1 / (1 + distance)`.
    mutating func frequency() -> Float {
        slop == 0 || slots.count == 1 ? Float(exactCount()) : sloppyFrequency()
    }

    // MARK: Exactly

    private mutating func exactCount() -> Int {
        var rarest = 0
        for slot in slots.indices where slots[slot].positions.count < slots[rarest].positions.count {
            rarest = slot
        }
        for slot in slots.indices {
            slots[slot].next = slots[slot].positions.lowerBound
        }
        var count = 0
        var last = -1
        positions.withUnsafeBufferPointer { positions in
            slots.withUnsafeMutableBufferPointer { slots in
                for place in slots[rarest].positions {
                    let start = Int(positions[place]) - slots[rarest].offset
                    guard start > last || place == slots[rarest].positions.lowerBound else { continue }
                    last = start
                    var isMatch = true
                    for slot in slots.indices where slot != rarest {
                        let wanted = start + slots[slot].offset
                        var next = slots[slot].next
                        while next < slots[slot].positions.upperBound, Int(positions[next]) < wanted {
                            next += 1
                        }
                        slots[slot].next = next
                        guard next < slots[slot].positions.upperBound else { return }
                        if Int(positions[next]) != wanted {
                            isMatch = false
                            break
                        }
                    }
                    count += isMatch ? 1 : 0
                }
            }
        }
        return count
    }
}

// MARK: Sloppily

/// Lucene's `SloppyPhraseMatcher`: the slot whose word asks for the earliest start of the phrase moves on until another
/// asks for an earlier one; how far starts lie apart by then is a match's distance.
extension PhraseMatcher {
    private mutating func findRepetitions() {
        var first: [Int: Int] = [:]
        var leaders = Array(slots.indices)
        func leader(_ slot: Int) -> Int {
            var slot = slot
            while leaders[slot] != slot { slot = leaders[slot] }
            return slot
        }
        for slot in slots.indices {
            for term in slots[slot].terms {
                if let other = first[term] {
                    let (low, high) = (min(leader(other), leader(slot)), max(leader(other), leader(slot)))
                    leaders[high] = low
                } else {
                    first[term] = slot
                }
            }
        }
        for (_, members) in Dictionary(grouping: slots.indices, by: leader).sorted(by: { $0.key < $1.key })
        where members.count > 1 {
            for slot in members {
                slots[slot].group = groups.count
                groupsHaveAlternatives = groupsHaveAlternatives || slots[slot].terms.count > 1
            }
            groups.append(members)
        }
    }

    private mutating func sloppyFrequency() -> Float {
        end = Int.min
        for slot in slots.indices {
            slots[slot].next = slots[slot].positions.lowerBound
            guard step(slot) else { return 0 }
        }
        guard separateRepetitions() else { return 0 }
        for slot in slots.indices {
            end = max(end, slots[slot].start)
            slots[slot].isQueued = true
        }
        var frequency: Float = 0
        while let distance = nextMatch() {
            if distance <= slop {
                frequency += 1 / (1 + Float(distance))
            }
        }
        return frequency
    }

    /// The distance of the next match, or of the last try; `nil` when a word has no further position.
    private mutating func nextMatch() -> Int? {
        guard var slot = takeFirst() else { return nil }
        var distance = end - slots[slot].start
        var next = earliestStart
        while advance(slot) {
            if slots[slot].group >= 0, !separate(slot) { break }
            if slots[slot].start > next {
                slots[slot].isQueued = true
                if distance <= slop { return distance }
                guard let first = takeFirst() else { return nil }
                slot = first
                next = earliestStart
                distance = end - slots[slot].start
            } else {
                distance = min(distance, end - slots[slot].start)
            }
        }
        // A word has come to its end: nobody is queued any more, and this was the last match.
        for slot in slots.indices {
            slots[slot].isQueued = false
        }
        return distance
    }

    private var first: Int? {
        var first: Int?
        for slot in slots.indices where slots[slot].isQueued {
            // Slots ascend by offset, which is how equal starts are ordered.
            if let other = first, slots[other].start <= slots[slot].start { continue }
            first = slot
        }
        return first
    }

    private var earliestStart: Int { first.map { slots[$0].start } ?? Int.max }

    private mutating func takeFirst() -> Int? {
        guard let first else { return nil }
        slots[first].isQueued = false
        return first
    }

    private mutating func step(_ slot: Int) -> Bool {
        let next = slots[slot].next
        guard next < slots[slot].positions.upperBound else { return false }
        slots[slot].start = Int(positions[next]) - slots[slot].offset
        slots[slot].next = next + 1
        return true
    }

    private mutating func advance(_ slot: Int) -> Bool {
        guard step(slot) else { return false }
        end = max(end, slots[slot].start)
        return true
    }

    /// Moves slots of one word on until no two stand on the same position.
    private mutating func separateRepetitions() -> Bool {
        for group in groups {
            if groupsHaveAlternatives {
                for slot in group {
                    while let other = collision(of: slot) {
                        guard advance(lesser(slot, other)) else { return false }
                    }
                }
            } else {
                // The same positions in each: the second takes the second, the third the third.
                for (count, slot) in group.enumerated() {
                    for _ in 0..<count {
                        guard step(slot) else { return false }
                    }
                }
            }
        }
        return true
    }

    private mutating func separate(_ slot: Int) -> Bool {
        var slot = slot
        while let other = collision(of: slot) {
            slot = lesser(slot, other)
            guard advance(slot) else { return false }
        }
        return true
    }

    private func collision(of slot: Int) -> Int? {
        let position = slots[slot].start + slots[slot].offset
        return groups[slots[slot].group].first {
            $0 != slot && slots[$0].start + slots[$0].offset == position
        }
    }

    private func lesser(_ slot: Int, _ other: Int) -> Int {
        if slots[slot].start != slots[other].start {
            return slots[slot].start < slots[other].start ? slot : other
        }
        return slot < other ? slot : other
    }
}

/// Reads words of a sorted dictionary and tells which are at most a few edits away from one word.
///
/// An edit is a Unicode scalar put in, left out or replaced, or two neighbours exchanged (optimal string alignment: no
/// scalar is edited twice). Words are compared folded, as the index has them, so an accent is no edit.
///
/// One bit per scalar of the word says "so much of it has been read with so many edits" (Wu and Manber, "Fast text
/// searching allowing errors", 1992; exchanges as in Hyyrö, "A bit-vector algorithm for computing Levenshtein and
/// Damerau edit distances", 2003). States are kept for each byte of the word read last, so a word costs only what it
/// does not share with the one before; and a beginning from which no way leads on is left by ``nextKey``, which names
/// the next beginning that can: a dictionary is entered in few places.
package struct EditDistanceAutomaton: ~Copyable {
    /// The longest word, in scalars.
    static let maximumScalarCount = 63

    /// What is known after reading a beginning.
    private struct Layer {
        /// Bit i: i scalars of the word were read with 0, 1, 2 edits at most.
        var exact: UInt64 = 0
        var one: UInt64 = 0
        var two: UInt64 = 0
        /// Where in the word the last scalar of the beginning stands.
        var places: UInt64 = 0
        /// The last scalar of the beginning, and the byte count before it.
        var scalar: UInt32 = 0
        var parent = 0
    }

    /// The word's scalars.
    let scalars: [UInt32]
    /// Edits at most.
    let maximumDistance: Int
    private let asciiPlaces: UnsafeMutablePointer<UInt64>
    /// By the byte count of the beginning; only those at ends of scalars are set.
    private let layers: UnsafeMutablePointer<Layer>
    /// The bytes the layers belong to.
    private let path: UnsafeMutablePointer<UInt8>
    private let key: UnsafeMutablePointer<UInt8>
    private var pathCount = 0

    /// The byte count of the beginning from which no way leads on; 0 if the word read last was read to its end.
    package private(set) var deadCount = 0

    private static let maximumByteCount = 256

    /// An automaton for `word`, `distance` in 0...2; nil for a word without a scalar or with more than 63.
    package init?(_ word: String, distance: Int) {
        scalars = word.unicodeScalars.map(\.value)
        guard !scalars.isEmpty, scalars.count <= Self.maximumScalarCount else { return nil }
        maximumDistance = min(max(distance, 0), 2)
        asciiPlaces = .allocate(capacity: 128)
        asciiPlaces.initialize(repeating: 0, count: 128)
        layers = .allocate(capacity: Self.maximumByteCount + 1)
        layers.initialize(repeating: Layer(), count: Self.maximumByteCount + 1)
        path = .allocate(capacity: Self.maximumByteCount)
        path.initialize(repeating: 0, count: Self.maximumByteCount)
        key = .allocate(capacity: Self.maximumByteCount + 4)
        for (place, scalar) in scalars.enumerated() where scalar < 128 {
            asciiPlaces[Int(scalar)] |= 1 &<< UInt64(place)
        }
        layers[0].exact = 1
        layers[0].one = 3
        layers[0].two = 7
    }

    deinit {
        asciiPlaces.deallocate()
        layers.deallocate()
        path.deallocate()
        key.deallocate()
    }

    /// The number of edits between the word and `term`; nil if there are too many.
    ///
    /// Any bytes are safe; what is not UTF-8 is read as U+FFFD.
    package mutating func distance(to term: UnsafeBufferPointer<UInt8>) -> Int? {
        let count = min(term.count, Self.maximumByteCount)
        var depth = 0
        let known = min(pathCount, count)
        while depth < known, path[depth] == term[depth] { depth &+= 1 }
        // Back to the end of a whole scalar.
        while depth > 0, depth < max(count, pathCount), isContinuation(depth, of: term, count) { depth &-= 1 }
        deadCount = 0
        pathCount = depth
        while depth < count {
            let start = depth
            let scalar: UInt32
            (scalar, depth) = Self.scalar(of: term, at: start, count)
            for place in start..<depth { path[place] = term[place] }
            advance(from: start, to: depth, scalar)
            if isDead(depth) {
                // The layer of a dead beginning stays: it says what was tried last.
                deadCount = depth
                pathCount = start
                return nil
            }
            pathCount = depth
        }
        let end: UInt64 = 1 &<< UInt64(scalars.count)
        let layer = layers[depth]
        if layer.exact & end != 0 { return 0 }
        if layer.one & end != 0, maximumDistance >= 1 { return 1 }
        return layer.two & end != 0 && maximumDistance >= 2 ? 2 : nil
    }

    /// Whether a scalar goes on at this byte, in the path or in the term.
    private func isContinuation(_ place: Int, of term: UnsafeBufferPointer<UInt8>, _ count: Int) -> Bool {
        (place < count && term[place] & 0xC0 == 0x80) || (place < pathCount && path[place] & 0xC0 == 0x80)
    }

    /// The scalar at `start` in the first `count` bytes of a term, and where it ends; of bytes that are not UTF-8, one as
    /// U+FFFD.
    @inline(__always)
    static func scalar(
        of term: UnsafeBufferPointer<UInt8>, at start: Int, _ count: Int
    ) -> (scalar: UInt32, end: Int) {
        let lead = term[start]
        return lead < 0x80 ? (UInt32(lead), start &+ 1) : decode(term, at: start, count)
    }

    private static func decode(
        _ term: UnsafeBufferPointer<UInt8>, at start: Int, _ count: Int
    ) -> (scalar: UInt32, end: Int) {
        let lead = term[start]
        let width = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC0, start + width <= count else { return (0xFFFD, start + 1) }
        var scalar = UInt32(lead) & (width == 2 ? 0x1F : width == 3 ? 0x0F : 0x07)
        for place in start + 1..<start + width {
            guard term[place] & 0xC0 == 0x80 else { return (0xFFFD, start + 1) }
            scalar = scalar << 6 | UInt32(term[place] & 0x3F)
        }
        return (scalar, start + width)
    }

    private func places(of scalar: UInt32) -> UInt64 {
        if scalar < 0x80 { return asciiPlaces[Int(scalar)] }
        var places: UInt64 = 0
        for (place, own) in scalars.enumerated() where own == scalar { places |= 1 &<< UInt64(place) }
        return places
    }

    /// Reads one scalar: kept, put in, replaced, left out before, or exchanged with the one before.
    @inline(__always)
    private func advance(from start: Int, to end: Int, _ scalar: UInt32) {
        let places = places(of: scalar)
        let old = layers[start]
        var new = Layer(places: places, scalar: scalar, parent: start)
        new.exact = (old.exact & places) &<< 1
        let before = layers[old.parent]
        // Without a scalar before there is nothing to exchange with: `old.places` is 0 then.
        new.one =
            (old.one & places) &<< 1 | old.exact | old.exact &<< 1 | new.exact &<< 1
            | (((before.exact & places) &<< 1) & old.places) &<< 1
        new.two =
            (old.two & places) &<< 1 | old.one | old.one &<< 1 | new.one &<< 1
            | (((before.one & places) &<< 1) & old.places) &<< 1
        layers[end] = new
    }

    /// The states with at most `edits` edits.
    @inline(__always)
    private func states(_ depth: Int, _ edits: Int) -> UInt64 {
        edits == 0 ? layers[depth].exact : edits == 1 ? layers[depth].one : layers[depth].two
    }

    @inline(__always)
    private func isDead(_ depth: Int) -> Bool {
        // A state is a place in the word, its end included; bits behind that are none.
        states(depth, maximumDistance) & (2 &<< UInt64(scalars.count) &- 1) == 0
    }

    /// The lowest beginning above the dead one that may lead somewhere, valid until the next call; nil if there is none.
    ///
    /// Call it only after a word ended dead.
    package func nextKey() -> UnsafeBufferPointer<UInt8>? {
        var depth = deadCount
        while depth > 0 {
            let tried = layers[depth]
            let parent = tried.parent
            if let next = nextScalar(after: tried.scalar, at: parent) {
                for place in 0..<parent { key[place] = path[place] }
                return UnsafeBufferPointer(start: key, count: parent + Self.write(next, to: key + parent))
            }
            depth = parent
        }
        return nil
    }

    /// The lowest scalar above `scalar` that the states at `depth` can read.
    private func nextScalar(after scalar: UInt32, at depth: Int) -> UInt32? {
        if maximumDistance > 0, states(depth, maximumDistance - 1) & (2 &<< UInt64(scalars.count) &- 1) != 0 {
            return scalar < 0x10_FFFF ? scalar + 1 : nil
        }
        // Without an edit left only the word's own scalars lead on, or the first of two that are being exchanged.
        var lowest: UInt32?
        var readable = states(depth, maximumDistance)
        if maximumDistance > 0 {
            readable |= states(layers[depth].parent, maximumDistance - 1) & (layers[depth].places &>> 1)
        }
        while readable != 0 {
            let place = readable.trailingZeroBitCount
            readable &= readable &- 1
            guard place < scalars.count else { break }
            let candidate = scalars[place]
            if candidate > scalar, lowest.map({ candidate < $0 }) ?? true { lowest = candidate }
        }
        return lowest
    }

    /// UTF-8, also of what lies between the scalars: a key has to sort, not to be text.
    private static func write(_ scalar: UInt32, to key: UnsafeMutablePointer<UInt8>) -> Int {
        guard scalar >= 0x80 else {
            key[0] = UInt8(scalar)
            return 1
        }
        let width = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
        let lead: UInt32 = width == 2 ? 0xC0 : width == 3 ? 0xE0 : 0xF0
        for place in 0..<width {
            let bits = scalar &>> UInt32(6 * (width - 1 - place))
            key[place] = UInt8(truncatingIfNeeded: place == 0 ? lead | bits : 0x80 | bits & 0x3F)
        }
        return width
    }
}

/// The rows that a walk has asked memory for and not compared yet, by the turn in which it asked: a ring of lists.
struct RowsUnderWay {
    /// Turns whose rows may be under way at once.
    static let turns = 4

    private let lists: UnsafeMutablePointer<UInt32>
    private let capacity: Int
    private var counts = InlineArray<4, Int>(repeating: 0)
    /// Rows of all turns.
    private(set) var total = 0

    /// - Parameters:
    ///   - lists: Room for ``turns`` lists.
    ///   - capacity: Rows of a turn.
    init(_ lists: UnsafeMutablePointer<UInt32>, capacity: Int) {
        self.lists = lists
        self.capacity = capacity
    }

    /// The list of a turn.
    @inline(__always)
    func list(_ turn: Int) -> UnsafeMutablePointer<UInt32> {
        lists + (turn & (Self.turns &- 1)) &* capacity
    }

    /// Notes how many rows were put into the list of a turn.
    @inline(__always)
    mutating func put(_ count: Int, in turn: Int) {
        counts[turn & (Self.turns &- 1)] = count
        total &+= count
    }

    /// How many rows the list of a turn holds, which are under way no longer.
    @inline(__always)
    mutating func take(_ turn: Int) -> Int {
        let count = counts[turn & (Self.turns &- 1)]
        counts[turn & (Self.turns &- 1)] = 0
        total &-= count
        return count
    }
}

/// One term of a flat query in one segment, or several that count as one, as the loops of a search see it.
///
/// Plain numbers and pointers: a clause is moved about as its bound changes, its cursor is not.
struct ScoredClause {
    /// The term's; the first of several.
    let cursor: UnsafeMutablePointer<PostingsCursor>
    let cursorCount: Int
    /// What an occurrence of each counts, of terms that count as one; nothing of one term.
    let uses: UnsafePointer<QueryPlan.Use>?
    /// `boost · idf`.
    let weight: Float
    let field: SegmentView.FieldView
    /// What no row of the present window can exceed.
    var bound = 0.0

    init(cursor: UnsafeMutablePointer<PostingsCursor>, weight: Float, field: SegmentView.FieldView) {
        self.cursor = cursor
        cursorCount = 1
        uses = nil
        self.weight = weight
        self.field = field
    }

    /// - Parameter node: A term or a synonym.
    init(_ node: Int, of view: SegmentView) {
        let shape = view.plan.nodes[node]
        cursor = view.cursors + shape.uses.lowerBound
        cursorCount = shape.uses.count
        uses = shape.kind == .synonym ? view.plan.uses.baseAddress.map { $0 + shape.uses.lowerBound } : nil
        weight = view.weights[node]
        field = view.field(node)
    }

    /// Whether several terms count as one; a single one whose occurrences count less than 1 is such a group as well.
    var isGroup: Bool { uses != nil }

    /// Moves the clause at `place` before those of greater document frequency, which ascends up to there.
    /// - Returns: The next place.
    static func settle(_ clauses: UnsafeMutablePointer<ScoredClause>, _ place: Int) -> Int {
        let clause = clauses[place]
        var hole = place
        while hole > 0, clauses[hole - 1].cursor.pointee.documentFrequency > clause.cursor.pointee.documentFrequency {
            clauses[hole] = clauses[hole - 1]
            hole -= 1
        }
        clauses[hole] = clause
        return place + 1
    }

    /// Sets ``bound`` for the rows from `first` to `last`.
    @inline(__always)
    mutating func setBound(from first: UInt32, through last: UInt32) {
        guard !isGroup else {
            setGroupBound(from: first, through: last)
            return
        }
        bound =
            cursor.pointee.shallowAdvance(to: first)
            ? Double(weight)
                * Double(
                    cursor.pointee.maximumPart(from: cursor.pointee.shallowBlock, through: last, field.bounds))
            : 0
    }

    /// What no row of a block can exceed.
    @inline(__always)
    func bound(ofBlock block: Int) -> Double {
        Double(weight) * Double(cursor.pointee.maximumPart(ofBlock: block, field.bounds))
    }

    /// What no row of a group of blocks can exceed.
    func bound(ofGroup group: Int) -> Double {
        Double(weight) * Double(cursor.pointee.maximumPart(ofGroup: group, field.bounds))
    }

    /// The score of the cursor's row.
    @inline(__always)
    var score: Double {
        Double(field.score(weight, Float(cursor.pointee.frequency), cursor.pointee.row))
    }

    /// Scores the postings of the present block at places `range` into `scores`, by place.
    ///
    /// Two passes: the first gathers, the second is vector arithmetic.
    @inline(__always)
    func score(_ range: Range<Int>, into scores: UnsafeMutablePointer<Float>) {
        let rows = UnsafePointer(cursor.pointee.rows)
        let frequencies = UnsafeRawPointer(cursor.pointee.frequencies)
        let norms = field.norms
        let normInverses = field.normInverses
        for place in range {
            scores[place] = normInverses[Int(norms[Int(rows[place])])]
        }
        let raw = UnsafeMutableRawPointer(scores)
        let weights = SIMD8<Float>(repeating: weight)
        var place = range.lowerBound & ~7
        while place < range.upperBound {
            let counts = frequencies.loadUnaligned(fromByteOffset: place &* 4, as: SIMD8<Int32>.self)
            let inverses = raw.loadUnaligned(fromByteOffset: place &* 4, as: SIMD8<Float>.self)
            let shares = weights / (1 + SIMD8<Float>(counts) * inverses)
            raw.storeBytes(of: weights - shares, toByteOffset: place &* 4, as: SIMD8<Float>.self)
            place &+= 8
        }
    }
}

extension SegmentView {
    /// A number that all scores of these nodes are multiples of, if `Double` sums of them, with `bits` more below, are
    /// exact, so that no order of adding them can change a bit; else nil.
    ///
    /// A score is a multiple of half a unit in the last place of its weight and not above it, whatever the frequency in
    /// it, whole or a synonym's sum: w - w / (1 + x) with x not below 0 is the difference of two numbers of w's exponent
    /// or one less, or rounds to a number not below w / 2. With e the exponents of the weights, sums of n scores need no
    /// more than e(greatest) - e(least) + log2(n) + 25 bits; a `Double` has 53.
    /// A weight of 0 would leave no trace in a sum.
    func quantum(_ clauses: Range<Int>, bitsBelow bits: Int = 0) -> Double? {
        var least = Float.infinity
        var greatest: Float = 0
        for clause in clauses {
            let node = plan.children[clause]
            // What the segment lacks adds nothing; a term that nobody has weighs nothing.
            guard plan.nodes[node].uses.contains(where: { cursors[$0].documentFrequency > 0 }) else { continue }
            least = min(least, weights[node])
            greatest = max(greatest, weights[node])
        }
        guard greatest > 0 else { return least == .infinity ? 1 : nil }
        guard least > 0, least.isNormal, greatest.isFinite else { return nil }
        let needed = Int(greatest.exponent) - Int(least.exponent) + (Int.bitWidth - clauses.count.leadingZeroBitCount)
        return needed + bits <= 28 ? Double(sign: .plus, exponent: Int(least.exponent) - 24, significand: 1) : nil
    }
}

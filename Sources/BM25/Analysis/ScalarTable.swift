/// Class and folded form of every Unicode scalar, worked out page by page as texts need them.
///
/// One per ``Vocabulary``: pages are filled without a lock. A page is 256 scalars, 1 KB; only the basic plane is kept,
/// the rest is rare enough to be looked up each time.
struct ScalarTable {
    /// Whether letters lose their accents; else only their case.
    private let foldsAccents: Bool
    /// Whether Katakana and Hangul are characters, as Han is.
    private let splitsSyllables: Bool

    init(foldsAccents: Bool = true, splitsSyllables: Bool = false) {
        self.foldsAccents = foldsAccents
        self.splitsSyllables = splitsSyllables
    }

    /// Class (upper 8 bits) and folded scalar (lower 21 bits; 0: nothing, or see ``spelling(of:)``).
    struct Entry {
        let bits: UInt32

        var scalarClass: UInt8 { UInt8(truncatingIfNeeded: bits >> 24) }
        var folded: UInt32 { bits & 0x1F_FFFF }
    }

    private var pages: [[UInt32]] = Array(repeating: [], count: 256)

    /// The entry of a scalar beyond ASCII.
    mutating func entry(of scalar: UInt32) -> Entry {
        guard scalar < 0x10000 else { return Entry(bits: makeBits(scalar)) }
        let page = Int(scalar >> 8)
        if pages[page].isEmpty {
            let first = scalar & ~0xFF
            pages[page] = (first..<first + 256).map(makeBits)
        }
        return Entry(bits: pages[page][Int(scalar & 0xFF)])
    }

    /// The folded form of a letter that becomes several, `æ` or `ﬁ`.
    func spelling(of scalar: UInt32) -> String {
        Unicode.Scalar(scalar).map { folded(Self.narrow($0)) } ?? ""
    }

    private func folded(_ scalar: Unicode.Scalar) -> String {
        foldsAccents ? LetterFolding.fold(scalar) : LetterFolding.lower(scalar)
    }

    private func makeBits(_ value: UInt32) -> UInt32 {
        guard let original = Unicode.Scalar(value) else { return 0 }
        let scalar = Self.narrow(original)
        var scalarClass = ScalarClass(scalar)
        if splitsSyllables, scalarClass == .letter, Self.isSyllable(scalar.value) {
            scalarClass = .ideograph
        }
        let folded: UInt32 =
            switch scalarClass {
            case .letter: Self.singleScalar(folded(scalar))
            case .digit, .connector, .ideograph: scalar.value
            case .mark:
                LetterFolding.isDiacritic(scalar) && (foldsAccents || !LetterFolding.composes(scalar))
                    ? 0 : scalar.value
            case .midBoth:
                scalar.value == 0x2018 || scalar.value == 0x2019 ? 0x27 : scalar.value < 0x80 ? scalar.value : 0x2E
            case .midLetter, .midNumber: scalar.value
            case .other: 0
            }
        return UInt32(scalarClass.rawValue) << 24 | folded
    }

    /// Katakana, half-width ones too, and Hangul with its parts.
    private static func isSyllable(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9D, 0x1100...0x11FF, 0x3131...0x318E,
            0xA960...0xA97C, 0xAC00...0xD7A3, 0xD7B0...0xD7FB:
            true
        default: false
        }
    }

    /// Full-width forms are their ASCII twins.
    private static func narrow(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        (0xFF01...0xFF5E).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value - 0xFEE0)) : scalar
    }

    private static func singleScalar(_ text: String) -> UInt32 {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, scalars.dropFirst().isEmpty else { return 0 }
        return first.value
    }
}

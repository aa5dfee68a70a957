/// How one term's postings lie in bytes; `docs/formats.md` has a worked example.
///
/// ```
/// postings   = [skip data] block*                        128 postings a block, the rest in the last
/// skip data  = last rows (4 x blocks), impacts (8 x blocks), offsets (4 x blocks),
///              [position offsets (4 x blocks)], group impacts (8 x groups of 32 blocks)
///                                                        only from 128 postings on
/// full block = form (1), frequency width (1), rows, frequencies
/// rows       = gaps (row - row before - 1) in `form` bits, four vertical lanes
///            | form & 0x7F words of 64 bits, one bit a row from the row before + 1 on, if form >= 0x80
/// frequencies = (frequency - 1) in `frequency width` bits, four vertical lanes
/// tail       = (gap << 1 | frequency is 1) and, if it is not, frequency - 1: vbytes
/// positions  = block*;  block = width (1), positions in `width` bits: the first of a row, then distances
/// impacts    = up to four pairs (frequency, norm byte), 16 bits each, unused ones 0
/// ```
///
/// Offsets of blocks count from the first block, those of positions from the term's first position byte.
enum PostingsFormat {
    static let blockCount = 128
    /// Blocks that share one bound above theirs.
    static let groupCount = 32
    /// Rows of one segment: gaps then have at most 24 bits, and the sum of a block's gaps cannot overflow 32.
    static let maximumRowCount = 1 << 24
    static let maximumGapWidth = 24
    /// Marks a block whose rows are a bitmap.
    static let bitmapFlag: UInt8 = 0x80
    /// The frequency that stands for itself and every greater one in an impact.
    static let maximumImpactFrequency = 255
    /// A bound no score can reach: for postings that have no impacts.
    static let unknownImpacts: UInt64 = 0xFF

    /// Blocks of a term with so many postings.
    @inline(__always)
    static func blocks(_ documentFrequency: Int) -> Int { (documentFrequency &+ 127) &>> 7 }

    /// Bytes of skip data before the blocks of a term with so many blocks.
    @inline(__always)
    static func skipByteCount(blocks: Int, hasPositions: Bool) -> Int {
        blocks &* (hasPositions ? 20 : 16) &+ ((blocks &+ 31) &>> 5) &* 8
    }
}

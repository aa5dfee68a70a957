/// Memory for the rows that a scan looks at together: taken once for all the pieces of an index, of which a delta has dozens.
///
/// Unsafe inside: it owns raw memory, which is not cleared.
final class StripeScratch {
    /// Rows whose products are made at a time.
    static let count = 512
    /// Places are written so many at a time, wanted or not.
    private static let placesAtOnce = 16

    let products = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    let upperEnds = UnsafeMutablePointer<Float>.allocate(capacity: count)
    /// Of the rows that are considered.
    let places = UnsafeMutablePointer<UInt32>.allocate(capacity: count + placesAtOnce)

    deinit {
        products.deallocate()
        upperEnds.deallocate()
        places.deallocate()
    }
}

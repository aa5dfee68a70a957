import CCurl

/// libcurl, loaded when it is first needed.
enum CurlLibrary {
    /// What keeps it from being used; nil when it can be.
    ///
    /// Made once, whatever number of threads ask.
    static let complaint: String? = carrel_curl_load().map { String(cString: $0) }
}

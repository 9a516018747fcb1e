extension Array {
    /// What a body makes of the elements: of all together, which is fastest; when that fails of each half by itself, and so on. So an
    /// element that fails costs no other its result.
    package func separateResults<Output>(_ body: ([Element]) throws -> [Output]) -> [Result<Output, any Error>] {
        guard !isEmpty else { return [] }
        do {
            return try body(self).map { .success($0) }
        } catch {
            guard count > 1 else { return [.failure(error)] }
            let middle = count / 2
            return Array(self[..<middle]).separateResults(body) + Array(self[middle...]).separateResults(body)
        }
    }
}

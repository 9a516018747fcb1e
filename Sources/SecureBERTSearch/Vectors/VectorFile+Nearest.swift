import SecureBERTCheckpoint
import SecureBERTTensor
import Synchronization

extension VectorFile {
    /// The rows nearest to a query, by comparing it with every row that is included.
    ///
    /// The result does not depend on the number of threads; of rows with equal scores the lower ones come first.
    /// - Parameters:
    ///   - query: As many finite numbers as the file has dimensions, of unit length where scores should be cosines.
    ///   - count: How many rows to find; fewer are found when fewer are included.
    ///   - included: The rows that may be found; nil for all.
    ///   - compute: Where the work is split.
    /// - Returns: The rows, nearest first.
    /// - Throws: `CheckpointError` when the query does not fit or a block of the file is damaged.
    public func nearest(
        to query: [Float], count: Int, included: RowSet? = nil, on compute: Compute
    ) throws(CheckpointError) -> [Neighbor] {
        let query = try VectorQuery(query, for: self)
        let limit = min(max(0, count), included.map { min($0.count, rowCount) } ?? rowCount)
        guard limit > 0 else { return [] }
        // A few parts for each thread, so that one that is held up does not hold up the rest.
        let blocksPerPart = max(1, min(32, blockCount / (4 * compute.threads)))
        let parts = (blockCount + blocksPerPart - 1) / blocksPerPart
        let problem = Mutex<(block: Int, error: CheckpointError)?>(nil)
        // No two parts run with the same worker's number at the same time.
        let scans = (0..<compute.threads).map { _ in Scan(limit: limit, rowsPerBlock: layout.rowsPerBlock) }
        compute.run(parts: parts) { part, worker in
            for block in part * blocksPerPart..<min(blockCount, (part + 1) * blocksPerPart) {
                do throws(CheckpointError) {
                    try scans[worker].add(block, of: self, query, included)
                } catch {
                    problem.withLock { if $0.map({ block < $0.block }) ?? true { $0 = (block, error) } }
                    break
                }
            }
        }
        if let error = problem.withLock({ $0?.error }) { throw error }
        var top = TopRows(limit: limit)
        for scan in scans { top.merge(scan.top) }
        return top.sorted
    }

    /// The rows nearest to a query, found by a quick comparison of this file and put in order by the rows of a more precise one.
    /// - Parameters:
    ///   - query: As many finite numbers as the file has dimensions, of unit length where scores should be cosines.
    ///   - count: How many rows to find; fewer are found when fewer are included.
    ///   - included: The rows that may be found; nil for all.
    ///   - precise: The same vectors in a more precise format, row for row; or this file itself, whose rows are then compared
    ///     with the query as it is instead of with its bytes or signs.
    ///   - oversampling: How many candidates the quick comparison finds for each row that is wanted.
    ///   - compute: Where the work is split.
    /// - Returns: The rows, nearest first.
    /// - Throws: `CheckpointError` when the query or the other file does not fit, or a block is damaged.
    public func nearest(
        to query: [Float], count: Int, included: RowSet? = nil, rescoredBy precise: VectorFile, oversampling: Int = 4,
        on compute: Compute
    ) throws(CheckpointError) -> [Neighbor] {
        guard precise.dimensions == dimensions, precise.rowCount >= rowCount else {
            throw CheckpointError(
                .weightMismatch, file: precise.path,
                "does not belong to \(path.printable): \(precise.rowCount) rows of \(precise.dimensions) dimensions, expected \(rowCount) of \(dimensions)"
            )
        }
        let wanted = min(max(0, count), rowCount)
        let candidates = min(wanted.multipliedReportingOverflow(by: max(1, oversampling)).partialValue, rowCount)
        let quick = try nearest(to: query, count: max(wanted, candidates), included: included, on: compute)
        var top = TopRows(limit: min(wanted, quick.count))
        for neighbor in quick {
            top.offer(row: neighbor.row, score: try precise.score(ofRow: neighbor.row, query))
        }
        return top.sorted
    }

    /// The inner product of a query of the file's dimensions, as it is, with a stored row.
    public func score(ofRow row: Int, _ query: [Float]) throws(CheckpointError) -> Float {
        guard query.count == dimensions else { _ = try VectorQuery(query, for: self); return .nan }
        let vector = try vector(atRow: row)
        var score: Float = 0
        vector.withUnsafeBufferPointer { vector in
            query.withUnsafeBufferPointer { query in
                guard let vector = vector.baseAddress, let query = query.baseAddress else { return }
                VectorKernels.dots(
                    query: query, rows: vector, stride: 0, count: 1, dimensions: dimensions, into: &score)
            }
        }
        return score
    }
}

/// What one thread has found so far.
private final class Scan {
    private(set) var top: TopRows
    private var scores: [Float]
    private var integers: [Int32]

    init(limit: Int, rowsPerBlock: Int) {
        top = TopRows(limit: limit)
        scores = [Float](repeating: 0, count: rowsPerBlock)
        integers = [Int32](repeating: 0, count: rowsPerBlock)
    }

    /// Compares a block with the query.
    func add(
        _ block: Int, of file: VectorFile, _ query: VectorQuery, _ included: RowSet?
    ) throws(CheckpointError) {
        let first = block * file.layout.rowsPerBlock
        let count = min(file.layout.rowsPerBlock, file.rowCount - first)
        guard let included else {
            let rows = try file.rows(ofBlock: block)
            compare(rows, file, query, 0..<count)
            offer(0..<count, first: first)
            return
        }
        // Words of the set without rows save the comparison of 64, blocks without rows their reading.
        let words = (0..<(count + 63) / 64).map { included.word(first / 64 + $0) }
        guard words.contains(where: { $0 != 0 }) else { return }
        let rows = try file.rows(ofBlock: block)
        for (index, word) in words.enumerated() where word != 0 {
            let range = index * 64..<min(count, index * 64 + 64)
            compare(rows, file, query, range)
            for row in range where word >> UInt64(row & 63) & 1 == 1 && scores[row] >= top.threshold {
                top.offer(row: first + row, score: scores[row])
            }
        }
    }

    private func compare(
        _ rows: UnsafeRawBufferPointer, _ file: VectorFile, _ query: VectorQuery, _ range: Range<Int>
    ) {
        scores.withUnsafeMutableBufferPointer { scores in
            integers.withUnsafeMutableBufferPointer { integers in
                guard let base = rows.baseAddress, let scores = scores.baseAddress, let integers = integers.baseAddress
                else { return }
                query.score(
                    base + range.lowerBound * file.layout.rowBytes, count: range.count,
                    into: scores + range.lowerBound, integers: integers)
            }
        }
    }

    private func offer(_ range: Range<Int>, first: Int) {
        for row in range where scores[row] >= top.threshold { top.offer(row: first + row, score: scores[row]) }
    }
}

/// What a recipe asks of a corpus.
extension PretrainingRecipe {
    /// The numbers of the corpus's sources that are broad.
    /// - Throws: ``TrainingError`` when a pattern fits none.
    func broadSources(of corpus: TokenCorpus) throws(TrainingError) -> Set<Int> {
        var numbers: Set<Int> = []
        for text in broadSources {
            let pattern = PathPattern(text)
            let matches = corpus.sources.indices.filter { pattern.matches(corpus.sources[$0]) }
            guard !matches.isEmpty else {
                throw TrainingError(
                    .mismatch,
                    "\(corpus.folder): has no source like \(text.quoted), which \(file) lists in broad.sources")
            }
            numbers.formUnion(matches)
        }
        return numbers
    }

    /// Refuses stages that want documents of which there are none.
    /// - Parameter groups: The groups of documents that the corpus has.
    /// - Throws: ``TrainingError`` naming the stage and what is missing.
    func checkMixtures(of corpus: TokenCorpus, groups: [DocumentMixture.Group]) throws(TrainingError) {
        for stage in stages {
            var wanted =
                stage.mixture.kinds.map { kinds in
                    kinds.map { kind, share in (kind.rawValue, share, groups.contains { $0.kind == kind }) }
                } ?? []
            if let broad = stage.mixture.broad {
                wanted.append(("broad", broad, groups.contains(where: \.isBroad)))
                wanted.append(("curated", 1 - broad, groups.contains { !$0.isBroad }))
            }
            for (name, share, isThere) in wanted where share > 0 && !isThere {
                throw TrainingError(
                    .mismatch,
                    "\(corpus.folder): has no \(name) documents, of which stage \(stage.name.quoted) of \(file) wants a share"
                )
            }
            guard stage.mixture.shares(of: groups).contains(where: { $0 > 0 }) else {
                throw TrainingError(
                    .mismatch, "\(corpus.folder): has no document that fits stage \(stage.name.quoted) of \(file)")
            }
        }
    }
}

from intents.index import load


def test_every_region_and_term_survives_segmentation(knowledge, road, settings):
    compiled = load(knowledge, settings.index_dir, semantic=settings.semantic)
    tokenize = compiled.matcher.featurizer.tokenizer.tokenize
    regions = [r.name for r in knowledge.regions.values()]
    terms = [t.name for t in knowledge.lexicon.terms if t.name.isalpha()]
    broken = [name for name in (*regions, *terms) if tokenize(name) != [name]]
    assert broken == []


def test_words_keep_the_whole_text(road):
    tokenize = road.world.matcher.featurizer.tokenizer.tokenize
    text = "我孙子是孤儿在隆回县能领多少基本生活费"
    assert "".join(tokenize(text)) == text

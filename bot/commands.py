"""The command line: every command, its options and its Chinese help."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bot.settings import Settings, read_settings
from knowledge.reading import KnowledgeError

__all__ = ["build_parser", "main"]


def build_parser() -> argparse.ArgumentParser:
    """The parser with all commands."""
    parser = argparse.ArgumentParser(prog="minzheng", description="民政问答：查民政政策，按您所在的县区回答。", add_help=False)
    _help(parser)
    commands = parser.add_subparsers(dest="command", metavar="命令", title="命令")

    ask = _command(commands, "ask", "问一句，得一句答复")
    ask.add_argument("text", nargs="*", metavar="问题", help="要问的话")
    ask.add_argument("--region", default="", metavar="地区", help="提问人所在的县、区，例如 隆回县")
    ask.add_argument("--json", action="store_true", help="以 JSON 输出")
    ask.add_argument("--jsonl", action="store_true", help="批量：从标准输入每行读一个 JSON，每行答一个 JSON")

    chat = _command(commands, "chat", "在终端里对话")
    chat.add_argument("--region", default="", metavar="地区", help="所在的县、区")

    check = _command(commands, "check", "检查知识库：全部规则和全部检验问题")
    check.add_argument("--rules-only", action="store_true", help="只查规则，不跑检验问题")
    check.add_argument("--all-phrasings", action="store_true", help="列出全部更像别的问题的问法（默认只列最明显的十二条）")

    facts = _command(commands, "facts", "列出全部事实")
    facts.add_argument("--jsonl", action="store_true", help="每行一个 JSON")
    facts.add_argument("--source", default="", metavar="依据", help="只列某一份依据，例如 shaoyang")

    evaluate = _command(commands, "evaluate", "用题目文件评测答对多少")
    evaluate.add_argument("files", nargs="+", type=Path, metavar="文件", help="JSONL 题目文件")
    evaluate.add_argument("--json", action="store_true", help="以 JSON 输出")
    evaluate.add_argument("--misses", type=int, default=20, metavar="条数", help="列出多少条没答对的（默认 20）")

    bench = _command(commands, "bench", "测速度和内存，并与其他匹配方法对比")
    bench.add_argument("--questions", type=int, default=200, metavar="条数", help="每种方法测多少句（默认 200）")

    scale = _command(commands, "scale", "用编造的全国各县知识测规模：编译、内存、查询快慢")
    scale.add_argument("--sizes", nargs="+", type=int, default=[5_000, 50_000, 500_000], metavar="条数", help="问法总数（默认 5000 50000 500000）")
    scale.add_argument("--questions", type=int, default=400, metavar="条数", help="每种规模问多少句（默认 400）")

    index = _command(commands, "index", "编译索引（知识库改动后自动更新）")
    index.add_argument("--force", action="store_true", help="没有改动也重新编译")

    calibrate = _command(commands, "calibrate", "重新校准置信度，写入 intents/calibration.json")
    calibrate.add_argument("--wrong-rate", type=float, default=0.03, metavar="比例", help="答错的比例不超过多少（默认 0.03）")

    _command(commands, "schema", "重新生成编辑器用的 JSON Schema")

    _command(commands, "run", "启动已配置的一切：有令牌就启动 Telegram 机器人，没有就在终端里对话")
    _command(commands, "telegram", "启动 Telegram 机器人")
    _command(commands, "migrate", "建立或更新数据库里的表（启动时自动进行）")
    staff = _command(commands, "staff", "管理工作人员名单")
    _staff(staff)
    tickets = _command(commands, "tickets", "列出工单")
    tickets.add_argument("--all", action="store_true", help="连同已办结的")
    tickets.add_argument("--json", action="store_true", help="每行一个 JSON")
    suggestions = _command(commands, "suggestions", "列出值得留存的人工答复")
    suggestions.add_argument("--json", action="store_true", help="每行一个 JSON")
    purge = _command(commands, "purge", "删除过期的会话记录（运行中自动进行）")
    purge.add_argument("--days", type=int, default=None, metavar="天数", help="保留多少天（默认按 retention_days）")
    _command(commands, "doctor", "检查令牌、网络、数据库、知识库、时钟等是否正常，并说怎么办")
    return parser


def _staff(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="做什么", title="做什么", required=True)
    add = _command(actions, "add", "加一个人（已在名单上的，改姓名和角色并恢复）")
    add.add_argument("user", type=int, metavar="编号", help="Telegram 用户编号")
    add.add_argument("name", metavar="姓名", help="显示给同事看的名字")
    add.add_argument("--role", choices=["坐席", "管理员"], default="坐席", metavar="角色", help="坐席 或 管理员（默认 坐席）")
    _command(actions, "list", "列出名单")
    disable = _command(actions, "disable", "停用一个人")
    disable.add_argument("user", type=int, metavar="编号", help="Telegram 用户编号")


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text, add_help=False)
    _help(parser)
    return parser


def _help(parser: argparse.ArgumentParser) -> None:
    parser._positionals.title = "位置参数"
    parser._optionals.title = "选项"
    parser.add_argument("-h", "--help", action="help", help="显示这份说明")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not options.command:
        parser.print_help()
        return 2
    try:
        settings = read_settings()
        return _run(options, settings)
    except KnowledgeError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print(f"共 {len(error.problems)} 处错误，改好后再试。", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, settings: Settings) -> int:
    match options.command:
        case "ask":
            return _ask(options, settings)
        case "chat":
            from bot import terminal

            return terminal.chat(settings, options.region)
        case "check":
            from bot import checks

            return checks.check(settings, rules_only=options.rules_only, all_strays=options.all_phrasings)
        case "facts":
            return _facts(options, settings)
        case "evaluate":
            from bot import checks

            return checks.evaluate_files(settings, options.files, as_json=options.json, misses=options.misses)
        case "bench":
            from bot import bench

            return bench.bench(settings, options.questions)
        case "scale":
            from bot import scale

            return scale.scale(settings, options.sizes, options.questions)
        case "index":
            from bot import indexing

            return indexing.rebuild(settings, force=options.force)
        case "calibrate":
            from bot import checks

            return checks.calibrate(settings, options.wrong_rate)
        case "schema":
            from knowledge import schema

            for path in schema.write():
                print(f"已写入 {path.name}")
            return 0
        case "run":
            return _start(settings)
        case "telegram":
            from bot.telegram import starting

            return starting.start(settings)
        case "doctor":
            from bot import doctor

            return doctor.doctor(settings)
        case _:
            from bot import administration

            return administration.run(options, settings)


def _start(settings: Settings) -> int:
    """The bot when there is a token, else the terminal and a word on how to get one."""
    from bot.secrets import TOKEN, read_secret

    try:
        token = read_secret(TOKEN)
    except (OSError, ValueError):
        token = "unreadable"
    if token:
        from bot.telegram import starting

        return starting.start(settings)
    from bot import terminal

    return terminal.chat(settings, hint=True)


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from bot import batch
    from bot.dialogue import Dialogue, MemoryStore
    from bot.indexing import ready_road

    if options.jsonl:
        dialogue = Dialogue(ready_road(settings), MemoryStore())
        batch.serve(batch.lines(sys.stdin.buffer), sys.stdout.buffer, dialogue)
        return 0
    text = " ".join(options.text)
    if not text:
        print("请在命令后面写上要问的话，例如：minzheng ask 农村低保一个月多少钱 --region 邵东市", file=sys.stderr)
        return 2
    dialogue = Dialogue(ready_road(settings), MemoryStore())
    merged = dialogue.say("", text, options.region)
    if options.json:
        print(json.dumps(batch.describe(merged, dialogue.road.world), ensure_ascii=False, indent=2))
    else:
        print(merged.text)
        related = [t for r in merged.replies for t in dialogue.road.world.titles(r.related)]
        if related:
            print("您还可以问：" + "、".join(dict.fromkeys(related)))
    return 0


def _facts(options: argparse.Namespace, settings: Settings) -> int:
    from knowledge.listing import fact_records
    from knowledge.loading import load

    knowledge = load(settings.knowledge_dir)
    for record in fact_records(knowledge):
        if options.source and record["source"] != options.source:
            continue
        if options.jsonl:
            print(json.dumps(record, ensure_ascii=False))
        else:
            print(f"{record['key']}  [{record['region']}] {record['text']}")
    return 0

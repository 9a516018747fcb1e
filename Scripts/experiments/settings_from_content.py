#!/usr/bin/env python3
"""Writes settings and the controls they serve, for `securebert evaluate compliance --settings`.

usage: settings_from_content.py CLONE FOLDER

CLONE is a clone of ComplianceAsCode/content (BSD-3-Clause), with a work tree or bare. Each of its rules that sets something in a file becomes a line of
FOLDER/choose.jsonl or FOLDER/test.jsonl, by a hash of the rule's id: {"id", "file", "text", "title", "controls"}. The text is what stands in the file:
from the rule's template where that tells it, otherwise the lines in <pre> of the description that are settings. Controls are those of NIST SP 800-53 that
the rule refers to, without the letters of their parts. CM-6, configuration settings, is left out with its enhancements: every rule is about it.
"""
import hashlib
import html
import json
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^(\w+): *\|-?\n((?:[ \t]+.*\n|[ \t]*\n)+)", re.M)
VALUE = re.compile(r"\{\{\{\s*xccdf_value\([^)]*\)\s*\}\}\}|<i>[^<]*</i>|&lt;[\w -]+&gt;")
PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.S)
CONTROL = re.compile(r"\b([A-Z]{2}-\d+)((?: ?\(\w+\))*)")
COMMAND = re.compile(r"^(\$|#|sudo |grep |find |systemctl |dconf |chmod |chown |chgrp |dnf |yum |apt|sysctl |authselect |oc |cat |stat |ls |echo |/|for |mount |auditctl |semanage )")
SETTING = re.compile(r"^(-[aw] |[\w.\[\"'][\w.\-/*\[\]\"' ]*\s*[=:]\s*\S|[A-Za-z][\w.\-/]* \S+( \S+)?$|(auth|account|password|session)\s|install |blacklist |\+ :|- ?:|\* )")


def vars_of(text):
    """The scalar variables of the rule's template, and its name."""
    part = re.search(r"^template:\n((?:[ \t]+.*\n?|[ \t]*\n)+)", text, re.M)
    if not part:
        return "", {}
    values = {}
    for key, value in re.findall(r"^\s+([\w@-]+): *(\S.*)$", part.group(1), re.M):
        values.setdefault(key, value.strip().strip("'\""))
    return values.get("name", ""), values


def from_template(name, values):
    """The file and the line that a template sets; nothing where it sets no line of a file."""
    get = lambda key, default="": "" if "{" in values.get(key, default) else values.get(key, default)
    path = get("path")
    if name == "sshd_lineinfile":
        return "sshd_config", f"{get('parameter')} {get('value') or '1'}" if get("parameter") else ""
    if name == "sysctl":
        return "sysctl.conf", f"{get('sysctlvar')} = {get('sysctlval') or '0'}" if get("sysctlvar") else ""
    if name == "auditd_lineinfile":
        return "auditd.conf", f"{get('parameter')} = {get('value') or '1'}" if get("parameter") else ""
    if name == "kernel_module_disabled":
        return "modprobe.conf", f"install {get('kernmodule')} /bin/false\nblacklist {get('kernmodule')}"
    if name.startswith("mount_option"):
        point = get("mountpoint") or "/home"
        return "fstab", f"/dev/mapper/vg {point} xfs defaults,{get('mountoption')} 0 0" if get("mountoption") else ""
    if name == "grub2_bootloader_argument":
        return "grub", f"GRUB_CMDLINE_LINUX=\"{get('arg_name')}{'=' + get('arg_value') if get('arg_value') else ''}\"" if get("arg_name") else ""
    if name in ("audit_rules_watch", "audit_rules_login_events"):
        return "audit.rules", f"-w {path} -p wa -k {get('key') or 'audit_rules'}" if path else ""
    if name == "audit_rules_privileged_commands":
        return "audit.rules", f"-a always,exit -F path={path} -F perm=x -F auid>=1000 -F auid!=unset -k privileged" if path else ""
    if name == "audit_rules_dac_modification":
        return "audit.rules", f"-a always,exit -F arch=b64 -S {get('attr')} -F auid>=1000 -F auid!=unset -k perm_mod" if get("attr") else ""
    if name in ("audit_rules_unsuccessful_file_modification", "audit_rules_file_deletion_events", "audit_rules_kernel_module_loading"):
        key = {"u": "access", "f": "delete", "k": "modules"}[name[12]]
        error = "-F exit=-EACCES " if key == "access" else ""
        return "audit.rules", f"-a always,exit -F arch=b64 -S {get('name_') or get('syscall') or get('syscalls') or 'open'} {error}-F auid>=1000 -F auid!=unset -k {key}"
    if name == "accounts_password":
        return "pwquality.conf", f"{get('variable')} = 1" if get("variable") else ""
    if name == "sudo_defaults_option":
        return "sudoers", f"Defaults {get('option')}" if get("option") else ""
    if name == "kernel_build_config":
        return "kernel.config", f"{get('config')}={get('value') or 'y'}" if get("config") else ""
    if name == "systemd_dropin_configuration":
        return (get("master_cfg_file") or "systemd.conf").lstrip("/"), f"[{get('section')}]\n{get('param')}={get('value') or 'yes'}" if get("param") else ""
    if name in ("lineinfile", "shell_lineinfile", "key_value_pair_in_file"):
        parameter, value = get("parameter") or get("key"), get("value") or "1"
        text = get("text") or (f"{parameter}{'=' if name != 'lineinfile' else ' = '}{value}" if parameter else "")
        return path.lstrip("/") or "settings.conf", text
    return "", ""


def from_description(text):
    """The file and the lines of settings that a description quotes."""
    blocks = dict(BLOCK.findall(text))
    description = re.sub(r"^\s*\{\{%.*?%\}\}\s*$", "", VALUE.sub("1", blocks.get("description", "")), flags=re.M)
    lines = []
    for part in PRE.findall(description):
        for line in html.unescape(re.sub(r"<[^>]+>", "", part)).splitlines():
            line = line.strip()
            if line and "{" not in line and not COMMAND.match(line) and SETTING.match(line) and line not in lines:
                lines.append(line)
    path = re.search(r"<tt>(/[\w./-]+)</tt>", description)
    return path.group(1).lstrip("/") if path else "settings.conf", "\n".join(lines[:8])


def controls_of(text):
    found = set()
    for line in re.findall(r"^\s+nist(?:@\w+)?: *(.+)$", text, re.M):
        for control, parts in CONTROL.findall(line):
            enhancement = re.match(r" ?\((\d+)\)", parts)
            found.add(f"{control}({enhancement.group(1)})" if enhancement else control)
    return sorted(found - {"CM-6", "CM-6(1)"})


def rules(clone):
    names = subprocess.run(["git", "-C", clone, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True, text=True, check=True).stdout.splitlines()
    names = [name for name in names if name.endswith("/rule.yml") and not name.startswith(("tests/", "docs/"))]
    batch = subprocess.run(["git", "-C", clone, "cat-file", "--batch"], input="".join(f"HEAD:{name}\n" for name in names).encode(), capture_output=True, check=True).stdout
    for name in names:
        end = batch.index(b"\n")
        size = int(batch[:end].split()[2])
        yield name.split("/")[-2], batch[end + 1:end + 1 + size].decode("utf-8", "replace") + "\n"
        batch = batch[end + 2 + size:]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    parts, seen = {"choose": [], "test": []}, set()
    for identifier, text in rules(sys.argv[1]):
        title = re.search(r"^title: *['\"]?(.*?)['\"]?$", text, re.M)
        controls = controls_of(text)
        file, setting = from_template(*vars_of(text))
        if not setting:
            file, setting = from_description(text)
        if not controls or not setting or (file, setting) in seen or identifier in seen:
            continue
        seen |= {(file, setting), identifier}
        half = "choose" if hashlib.sha256(identifier.encode()).digest()[0] < 128 else "test"
        name = title.group(1) if title and "{" not in title.group(1) else ""
        parts[half].append({"id": identifier, "file": file, "text": setting, "title": name, "controls": controls})
    folder.mkdir(parents=True, exist_ok=True)
    for half, lines in parts.items():
        (folder / f"{half}.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        print(f"{half}: {len(lines)} settings")


if __name__ == "__main__":
    main()

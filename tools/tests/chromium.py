"""Chromium without a window, driven through a pipe: pages as people see them, with real keys and real screens."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# What a key types, and its number.
KEYS = {"Tab": ("", 9), "Enter": ("\r", 13), "Escape": ("", 27), " ": (" ", 32)}
KEYS |= {name: ("", 33 + i) for i, name in enumerate(["PageUp", "PageDown", "End", "Home"])}
KEYS |= {f"Arrow{name}": ("", 37 + i) for i, name in enumerate(["Left", "Up", "Right", "Down"])}
MODIFIERS = {"": 0, "Control": 2, "Shift": 8}


class Chromium:
    """One browser with one page. `complaints` is what the console has said, and what scripts have raised."""

    def __init__(self, profile):
        reading, commands = os.pipe()
        self.answers, writing = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"]
        flags += ["--no-first-run", "--hide-scrollbars", f"--user-data-dir={profile}", "about:blank"]
        # The browser reads from 3 and writes to 4; not every shell takes the numbers of descriptors beyond 9.
        command = ["bash", "-c", f'exec "$@" 3<&{reading} 4>&{writing}', "bash", BROWSER, *flags]
        self.process = subprocess.Popen(command, pass_fds=(reading, writing), stderr=subprocess.DEVNULL)
        os.close(reading)
        os.close(writing)
        self.commands, self.buffer, self.number, self.session = commands, bytearray(), 0, None
        self.complaints, self.loaded = [], set()
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(each for each in targets if each["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setLifecycleEventsEnabled", enabled=True)

    def ask(self, method, **parameters):
        """Send a command and wait for its answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        number = self.number
        while (answer := self.receive()).get("id") != number:
            self.hear(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def receive(self, seconds=60):
        deadline = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            chunk = os.read(self.answers, 1 << 20)
            assert chunk, "the browser has ended"
            self.buffer += chunk
        line, _, rest = self.buffer.partition(b"\0")
        self.buffer = rest
        return json.loads(line)

    def hear(self, event):
        method, said = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(each.get("value", each)) for each in said["args"]))
        elif method == "Runtime.exceptionThrown":
            details = said["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded":
            self.complaints.append(said["entry"]["text"])
        elif method == "Page.lifecycleEvent" and said["name"] == "load":
            self.loaded.add(said["loaderId"])

    def open(self, path, width=1280, height=900, **media):
        """Load the file at `path` in a window of that size. media: such as prefers_color_scheme="dark"."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.ask("Emulation.setEmulatedMedia", features=features)
        for url in ("about:blank", path if isinstance(path, str) else path.as_uri()):  # a new page, whatever was there
            loader = self.ask("Page.navigate", url=url)["loaderId"]
            while loader not in self.loaded:
                self.hear(self.receive())

    def run(self, expression):
        """The value of an expression of JavaScript, awaited, as plain data."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, (expression, answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, expression, seconds=20):
        """Wait until the expression is true."""
        deadline = time.monotonic() + seconds
        while not self.run(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.02)

    def press(self, *keys):
        """Press keys, one after the other: `Tab`, `Shift+Tab`, `/`, `x`."""
        for each in keys:
            held, _, name = each.rpartition("+")
            text, code = KEYS.get(name, (name, ord(name[0].upper())))
            parameters = {"key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": MODIFIERS[held]}
            self.ask("Input.dispatchKeyEvent", type="keyDown", **({"text": text} if text else {}), **parameters)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **parameters)

    def type(self, text):
        self.ask("Input.insertText", text=text)

    def picture(self, path, whole=False):
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)

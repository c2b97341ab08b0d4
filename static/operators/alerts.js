/** Tells a person who looks elsewhere that a visitor waits: by notification and by sound, as they have chosen. */

const TONE_HZ = 880;
const TONE_S = 0.18;

export class Alerts {
  constructor(root) {
    this.title = root.dataset.waitingTitle;
    this.notifications = root.dataset.notifications === "yes";
    this.sound = root.dataset.sound === "yes";
  }

  /** Follows the choices of the form; the browser is asked when the box is ticked, for it wants a click. */
  follow(form) {
    form?.addEventListener("change", async (event) => {
      const { name, checked } = event.target;
      if (name === "sound") {
        this.sound = checked;
        if (checked) this.play();
      }
      if (name === "notifications") {
        if (checked && "Notification" in window && (await Notification.requestPermission()) !== "granted") {
          event.target.checked = false;
        }
        this.notifications = event.target.checked;
      }
    });
  }

  visitorWaits(words) {
    if (this.sound) this.play();
    if (this.notifications && document.hidden && "Notification" in window && Notification.permission === "granted") {
      const notification = new Notification(this.title, { body: words, tag: "parley-waiting" });
      notification.addEventListener("click", () => window.focus());
    }
  }

  play() {
    this.audio ??= new AudioContext();
    const tone = this.audio.createOscillator();
    const volume = this.audio.createGain();
    tone.frequency.value = TONE_HZ;
    volume.gain.setValueAtTime(0.15, this.audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, this.audio.currentTime + TONE_S);
    tone.connect(volume).connect(this.audio.destination);
    tone.start();
    tone.stop(this.audio.currentTime + TONE_S);
  }
}

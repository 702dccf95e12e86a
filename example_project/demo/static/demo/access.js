// A demo person's access, asked for by UUID, and again before it runs out.

export class Access {
  /** @param {string} address @param {string} userUuid */
  constructor(address, userUuid) {
    this.address = address;
    this.userUuid = userUuid;
    /** @type {Promise<string> | null} */
    this.token = null;
    this.renewAt = 0;
  }

  /** The `Authorization` of one request. @returns {Promise<string>} */
  async header() {
    if (!this.token || Date.now() > this.renewAt) {
      // Whoever asks meanwhile waits for the same answer.
      this.renewAt = Infinity;
      this.token = this.signIn();
    }
    try {
      return `Bearer ${await this.token}`;
    } catch (error) {
      this.token = null;
      throw error;
    }
  }

  /** The token is not good any more. */
  forget() {
    this.token = null;
  }

  async signIn() {
    const body = JSON.stringify({ user_uuid: this.userUuid });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(this.address, { method: "POST", headers, body, credentials: "omit" });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { access, expires_in } = await response.json();
    this.renewAt = Date.now() + (expires_in * 1000) / 2;
    return access;
  }
}

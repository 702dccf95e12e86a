// ReDoc's footer asks another server for a logo: its image stays empty, as nothing here calls out.
const image = HTMLImageElement.prototype;
const { get, set } = Object.getOwnPropertyDescriptor(image, "src");
const isOurs = (address) => new URL(address, location.href).origin === location.origin;

image.setAttribute = function (name, value) {
  if (name !== "src" || isOurs(value)) Element.prototype.setAttribute.call(this, name, value);
};
Object.defineProperty(image, "src", {
  get,
  set(value) {
    if (isOurs(value)) set.call(this, value);
  },
});

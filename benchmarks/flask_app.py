"""The web app of the tutorials, for comparison: Flask, Pillow and `model.predict`.

Resize to 28x28, invert, predict. MODEL names the Keras file; it is loaded at import,
once in each worker, as the tutorials do.
"""

import os

import keras
import numpy as np
from flask import Flask, Response, jsonify, request
from PIL import Image

app = Flask(__name__)
model = keras.models.load_model(os.environ["MODEL"], compile=False)


@app.get("/")
def home() -> str:
    return "ready"


@app.post("/predict")
def predict() -> Response:
    image = Image.open(request.files["image"].stream).convert("L").resize((28, 28))
    pixels = 255 - np.asarray(image)
    batch = pixels.reshape(1, 28, 28, 1).astype("float32") / 255
    probabilities = model.predict(batch, verbose=0)[0]
    digit = int(probabilities.argmax())
    return jsonify(
        digit=digit,
        confidence=float(probabilities[digit]),
        probabilities=[float(value) for value in probabilities],
    )

"""Latin words that may stand in Chinese texts; a test asks that each of them does."""

from __future__ import annotations

# people
PEOPLE = """
Andor Arvanitidis Bagnell Bengio Chen Child Courville Dijkstra Fletcher Fourier Gu Gumbel Hauberg Hoffman Huszár Jang Johnson Kingma
Kool Krause Kumar Lucas Luce Léonard Maddison Markov Minka Paulus Peng Plackett Plackett-Luce Poole Rao-Blackwell Ross
Schmidt Shao Shaw Tarlow Viterbi Welling Xu Zipf
Cholesky Gauss-Hermite He Nyström Hellinger Hilbert Lloyd Metropolis Ornstein-Uhlenbeck Spearman
"""
# methods, tools, programs and formats under the names that they have in Chinese texts
METHODS = """
Adam AdamW ALiBi arXiv BERT Concrete CSV DeBERTa DuckDB ELBO FLOATER Forcing GRU Gumbel-Max Gumbel-Rao Gumbel-Softmax HTML JPEG KL
LaTeX MF NPY NTK NTK-aware pandas Parquet PI Plotly PNG polars Python RBF REINFORCE ReRoPE RoPE safetensors SVG Teacher
TeaForN Top-K Transformer Transformer-XL TXT UTF- VAE xPos YaRN ZIP
CLS SEP SogouQA UniLM
AUC NO ROC UNK YES
BD EM FID K-means k-means L-BFGS scikit-learn
Bi-MEMM MEMM
LSTM ON-LSTM
DEC Fashion-MNIST MNIST NMI VaDE
CRF log-sum
CHID CMNLI LayerNorm Post-Norm Pre-Norm ReZero RMS RoBERTa RoFormerV WSC
Attention CPU NumPy Nyströmformer Performer PyTorch Sparse landmarks token
LCS mT NFKC PEGASUS ROUGE ROUGE- ROUGE-L
BN ReLU
DGCNN RF PAD MASK sigmoid WebM Chromium Firefox
float id Keras Mask mask
Dropout R-Drop SGD Jensen Shannon JS
Beta LSTM
FGM FGSM PGD PGD-
Heun Nesterov RK torch
Apriori Benjamini-Hochberg Quest popcount
BERT-flow BERT-whitening CBOW STS-B base
SciPy
ODE RNN SciPy SIR
"""
# functions, values and units, as they are typed
SYMBOLS = """
abs argmax beta cos det dL exp false ln log logit logits logsumexp LSE max min NaN onehot pi pickle python seed softmax tanh true where width
ib ob ri rib ro rob
AB ABC BC
hr
cA clusters cosh dA distinct dx floor Im Re Rh sin Tr
nats cm GB MB
"""
# keys of a keyboard
KEYS = """
End Esc Home Shift
"""

NAMES = frozenset((PEOPLE + METHODS + SYMBOLS + KEYS).split())
